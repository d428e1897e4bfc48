import type { Deployment } from "@pulumi/pulumi/automation/index.js";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { openEmbedded, type Embedded } from "../../local/embedded.ts";
import { Engine } from "../../local/engine/engine.ts";
import { LOCAL_STACK } from "../../local/paths.ts";
import { ProjectCopy } from "./support/project.ts";
import { collector, type Step } from "./support/steps.ts";

/** What an earlier release's program made of stack local with three tenants, as `pulumi stack export` wrote it. */
const EARLIER = JSON.parse(
  gunzipSync(
    readFileSync(new URL("../scenarios/states/before-components.json.gz", import.meta.url)),
  ).toString("utf8"),
) as Deployment;

/** Whose replacement or deletion loses data, or what tokens and policies rest on. */
const KEPT =
  /^aws:(kms\/key:|s3\/bucket:|dynamodb\/(table|tableItem):|opensearch\/(domain|serverlessCollection):|cognito\/userPool:|iam\/role:|bedrock\/agent)/;

const isLoss = ({ op }: Step): boolean => /delete|replace/.test(op);

describe("an upgrade from the previous release", function () {
  this.timeout(600_000);
  const folders: string[] = [];
  let embedded: Embedded;

  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), "bulkhead-upgrade-"));
    folders.push(folder);
    embedded = await openEmbedded({ folder, port: 0 });
  });
  after(async () => {
    await embedded.close();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  async function previewed(project: ProjectCopy): Promise<readonly Step[]> {
    folders.push(project.folder);
    const folder = mkdtempSync(join(tmpdir(), "bulkhead-upgrade-"));
    folders.push(folder);
    const { debugProviders } = embedded;
    const engine = await Engine.open({
      folder,
      debugProviders,
      stack: LOCAL_STACK,
      project: project.folder,
      // What is kept is not all that the pack asks of what is new: a domain keeps the key that it was made with.
      policyPacks: [],
    });
    await engine.restore(EARLIER);
    const { steps, onEvent } = collector();
    await engine.preview({ onEvent });
    return steps;
  }

  it("replaces and deletes no key, bucket, store, table or role", async () => {
    const steps = await previewed(new ProjectCopy());
    const known = steps.filter(({ op }) => op === "same" || op === "update");
    assert.ok(known.length > 100, `${known.length} resources are what they were`);
    assert.deepEqual(
      steps.filter((step) => isLoss(step) && KEPT.test(step.type)),
      [],
    );
  });

  it("would replace them if the program forgot where they were", async () => {
    const project = new ProjectCopy();
    project.edit("infra/formerly.ts", "return parent ? [{ parent }] : [];", "return parent ? [] : [];");
    const lost = new Set((await previewed(project)).filter(isLoss).map(({ type }) => type));
    for (const type of ["kms/key:Key", "s3/bucket:Bucket", "opensearch/domain:Domain", "iam/role:Role"])
      assert.ok(lost.has(`aws:${type}`), type);
  });
});
