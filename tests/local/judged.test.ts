import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "../../local/engine/engine.ts";
import { judged } from "../../local/judged.ts";
import { startProviders } from "../../local/provider/index.ts";
import { withoutSecrets } from "../../local/review/copies.ts";
import { memoryGateway } from "./provider/support/memory-gateway.ts";
import { SmallProject } from "./review/project.ts";

describe("npm run pulumi: the policy pack", () => {
  let pack: string;
  let configuration: string;
  before(() => {
    pack = mkdtempSync(join(tmpdir(), "bulkhead-pack-"));
    for (const folder of ["rules", "config"]) mkdirSync(join(pack, folder));
    writeFileSync(join(pack, "rules", "s3-private.ts"), "");
    configuration = join(pack, "config", "dev.json");
    writeFileSync(configuration, "{}");
    writeFileSync(join(pack, "config", "bad.json"), '{ "s3-private": "disabled" }');
  });
  after(() => {
    rmSync(pack, { recursive: true });
  });

  const added = (args: readonly string[], selected = "local"): readonly string[] => {
    const all = judged(args, () => selected, pack);
    assert.deepEqual(all.slice(0, args.length), args);
    return all.slice(args.length);
  };

  it("is configured as the stack says that is named, or else selected", () => {
    const configured = ["--policy-pack", pack, "--policy-pack-config", configuration];
    for (const args of [
      ["up", "--yes", "--stack", "dev"],
      ["preview", "--stack=dev", "--diff"],
      ["pre", "-s", "dev"],
      ["update", "-ys", "dev"],
      ["up", "--stack", "organization/bulkhead/dev"],
    ])
      assert.deepEqual(added(args), configured, args.join(" "));
    assert.deepEqual(added(["up"], "dev"), configured);
    assert.deepEqual(added(["up"]), ["--policy-pack", pack]);
    assert.deepEqual(added(["up", "--stack", "local"], "dev"), ["--policy-pack", pack]);
  });

  it("is not got past by a flag before the command, or by a configuration without a pack", () => {
    for (const args of [
      ["-C", "elsewhere", "up", "--stack", "local"],
      ["--cwd=elsewhere", "preview"],
      ["--non-interactive", "up"],
      ["--stack", "local", "up"],
      ["up", "--policy-pack-config", "own.json"],
      ["watch"],
      ["up", "--policy-pack="],
      ["up", "--policy-pack", ""],
    ])
      assert.deepEqual(added(args), ["--policy-pack", pack], args.join(" "));
    assert.deepEqual(added(["-C", "elsewhere", "stack", "output", "up"]), []);
  });

  it("is left out where another is named, or nothing is judged", () => {
    assert.deepEqual(added(["up", "--policy-pack", "other"]), []);
    assert.deepEqual(added(["up", "--policy-pack=other"]), []);
    // The CLI refuses it: the flag needs an argument.
    assert.deepEqual(added(["up", "--policy-pack"]), []);
    assert.deepEqual(added(["stack", "output", "--stack", "dev"]), []);
    assert.deepEqual(added([]), []);
  });

  it("judges by no configuration that switches a rule off, whoever runs it", async () => {
    assert.throws(() => added(["up", "--stack", "bad"]), /bad\.json: s3-private: a rule's enforcement level/);
    await assert.rejects(
      Engine.open({ folder: pack, debugProviders: "", stack: "bad", policyPacks: [pack] }),
      /bad\.json: s3-private: a rule's enforcement level/,
    );
  });

  it("is configured in the embedded engine as well", async function () {
    // A preview: 5 s, many times that on a busy machine.
    this.timeout(300_000);
    const project = new SmallProject({ warned: { bucket: "warned-1" } });
    withoutSecrets(project.folder, "dev");
    const gateway = memoryGateway(join(pack, "account"));
    const providers = await startProviders(gateway);
    try {
      const engine = await Engine.open({
        folder: pack,
        debugProviders: providers.debugProviders,
        stack: "dev",
        project: project.folder,
        policyPacks: [join(project.folder, "policies")],
      });
      await assert.rejects(engine.preview(), /bucket-tag[^]*has no tenant_id, in an environment of its own/);
    } finally {
      await providers.close();
      gateway.account.close();
      project.remove();
    }
  });
});
