import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { EngineError } from "../../local/engine/engine.ts";
import { PROJECT } from "../../local/paths.ts";
import { isUnchanged, Life, timed } from "./support/lifecycle.ts";
import type { ProjectCopy } from "./support/project.ts";
import { collector } from "./support/steps.ts";

const LOCAL_TENANTS = join(PROJECT, "tenants", "config", "local");

/** One tenant of each tier. */
const TENANTS = ["acme", "cobalt-marine"];

function withTenants(project: ProjectCopy, stack: string): void {
  for (const id of TENANTS)
    cpSync(join(LOCAL_TENANTS, `${id}.yaml`), join(project.folder, "tenants", "config", stack, `${id}.yaml`));
}

/** Sets one in the stack's file, of which the engine may have kept no comment. */
function set(project: ProjectCopy, stack: string, key: string, value: unknown): void {
  const file = `Pulumi.${stack}.yaml`;
  const document = parseDocument(readFileSync(join(project.folder, file), "utf8"));
  document.setIn(["config", `bulkhead:${key}`], value);
  project.write(file, document.toString());
}

const STACKS = {
  local: (project: ProjectCopy): void => {
    for (const other of ["borealis"]) project.remove(`tenants/config/local/${other}.yaml`);
    set(project, "local", "protectTenants", "true");
  },
  // All parts, with every default but what takes time here and shows nothing.
  dev: (project: ProjectCopy): void => {
    withTenants(project, "dev");
    set(project, "dev", "indexSettleSeconds", "0");
    set(project, "dev", "embeddingDimensions", "256");
    set(project, "dev", "referenceFolder", "local/sample/reference");
  },
} as const;

for (const [stack, prepare] of Object.entries(STACKS))
  describe(`stack ${stack}`, function () {
    this.timeout(600_000);
    this.bail(true); // each step stands on the one before
    const life = new Life(stack, prepare);

    before(() => life.begin());
    after(() => life.end());

    it("is made by up", async () => {
      const { changes } = await timed("up", () => life.engine.up());
      assert.deepEqual(Object.keys(changes), ["create"]);
      assert.ok(life.resources().length > 100, `${life.resources().length} resources`);
    });

    it("is left alone by a second up", async () => {
      const { changes } = await timed("second up", () => life.engine.up());
      assert.ok(isUnchanged(changes), JSON.stringify(changes));
    });

    it("is what the state says: a refresh finds no drift", async () => {
      const changes = await timed("refresh", () => life.engine.refresh());
      assert.ok(isUnchanged(changes), JSON.stringify(changes));
    });

    it("previews a change, argument by argument, and nothing beside it", async () => {
      const file = `tenants/config/${stack}/acme.yaml`;
      life.project.edit(file, "name: Acme Insurance", "name: Acme Mutual");
      const { steps, onEvent } = collector();
      await timed("preview --diff", () => life.engine.preview({ diff: true, onEvent }));
      const changed = steps.filter(({ op }) => op !== "same");
      assert.deepEqual(
        changed.map(({ op, type, diffs }) => ({ op, type, diffs })),
        [{ op: "update", type: "aws:dynamodb/tableItem:TableItem", diffs: ["item"] }],
      );
      assert.match(life.log(), /Acme Insurance.*=>.*Acme Mutual/);
      life.project.edit(file, "name: Acme Mutual", "name: Acme Insurance");
    });

    it("refuses to be destroyed, and nothing of it is", async () => {
      const before = life.resources().map(({ urn }) => urn);
      await assert.rejects(
        timed("destroy refused", () => life.engine.destroy()),
        (error) => {
          assert.ok(error instanceof EngineError);
          assert.match(error.message, /guard.*cannot be deleted/s);
          return true;
        },
      );
      const after = new Set(life.resources().map(({ urn }) => urn));
      assert.deepEqual(
        before.filter((urn) => !after.has(urn)),
        [],
      );
    });

    it("is destroyed to the last resource once its settings say so", async () => {
      set(life.project, stack, "protectTenants", "false");
      await timed("up without protection", () => life.engine.up());
      const changes = await timed("destroy", () => life.engine.destroy());
      assert.deepEqual(Object.keys(changes), ["delete"]);
      assert.deepEqual(
        life.resources().map(({ urn }) => urn),
        [],
      );
    });
  });
