import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsEnvironment, deploy, orderOf } from "../../local/deployment.ts";

describe("npm run deploy", () => {
  let tenants: string;
  let pack: string;
  beforeEach(() => {
    tenants = mkdtempSync(join(tmpdir(), "bulkhead-deploy-"));
    pack = mkdtempSync(join(tmpdir(), "bulkhead-pack-"));
    for (const folder of ["rules", "config"]) mkdirSync(join(pack, folder));
    writeFileSync(join(pack, "rules", "kms-rotation.ts"), "");
  });
  afterEach(() => {
    for (const folder of [tenants, pack]) rmSync(folder, { recursive: true });
  });

  /** @param codes exit codes of the CLI, by command */
  async function run(
    codes: Record<string, number>,
    { yes = false, answer }: { yes?: boolean; answer?: boolean } = {},
  ) {
    const calls: (readonly string[])[] = [];
    const said: string[] = [];
    const code = await deploy(
      { stack: "dev", yes },
      {
        pulumi: (args) => {
          calls.push(args);
          return Promise.resolve(codes[args[0] ?? ""] ?? 0);
        },
        ask: answer === undefined ? undefined : () => Promise.resolve(answer),
        say: (line) => said.push(line),
        tenants,
        pack,
      },
    );
    return { code, calls, commands: calls.map(([command]) => command), said: said.join("\n") };
  }

  it("previews, asks, and updates, with the policy pack both times", async () => {
    const { code, calls, commands } = await run({}, { answer: true });
    assert.equal(code, 0);
    assert.deepEqual(commands, ["preview", "up"]);
    for (const call of calls) assert.deepEqual(call.slice(-4), ["--stack", "dev", "--policy-pack", pack]);
  });

  it("hands the environment's configuration to the pack, both times", async () => {
    const configuration = join(pack, "config", "dev.json");
    writeFileSync(configuration, '{ "kms-rotation": { "exceptions": [] } }');
    writeFileSync(join(pack, "config", "prod.json"), "no JSON, and not this environment's");
    const { calls } = await run({}, { yes: true });
    assert.equal(calls.length, 2);
    for (const call of calls)
      assert.deepEqual(call.slice(-4), ["--policy-pack", pack, "--policy-pack-config", configuration]);
  });

  it("deploys nothing under a configuration that switches a rule off", async () => {
    writeFileSync(join(pack, "config", "dev.json"), '{ "kms-rotation": "disabled" }');
    await assert.rejects(run({}, { yes: true }), /dev\.json: kms-rotation: a rule's enforcement level/);
  });

  it("deploys nothing where a tenant's file is wrong, a preview fails, or the answer is no", async () => {
    for (const [codes, how, commands] of [
      [{ preview: 255 }, { yes: true }, ["preview"]],
      [{}, { answer: false }, ["preview"]],
      [{}, {}, ["preview"]],
    ] as const) {
      const outcome = await run(codes, how);
      assert.equal(outcome.code, 1);
      assert.deepEqual(outcome.commands, commands);
      assert.match(outcome.said, /^Nothing was deployed/);
    }
    writeFileSync(join(tenants, "acme.yaml"), "id: acme\n");
    const outcome = await run({}, { yes: true });
    assert.deepEqual([outcome.code, outcome.commands], [1, []]);
    assert.match(outcome.said, /acme\.yaml:1:1: `name` is missing/);
  });

  it("hands the engine's failure on", async () => {
    assert.equal((await run({ up: 255 }, { yes: true })).code, 255);
  });

  it("takes one environment, which is not the embedded account's", () => {
    assert.deepEqual(orderOf(["dev", "--yes"]), { stack: "dev", yes: true });
    assert.throws(() => orderOf([]), /Name one environment/);
    assert.throws(() => orderOf(["dev", "live"]), /Name one environment/);
    assert.throws(() => orderOf(["--force"]), /Name one environment/);
    assert.throws(() => orderOf(["local"]), /npm start deploys it/);
    assert.throws(() => orderOf(["Dev"]), /is no environment/);
  });

  it("leaves nothing of the embedded account in the engine's environment", () => {
    const env = { PATH: "/bin", AWS_PROFILE: "x", PULUMI_DEBUG_PROVIDERS: "aws:1", BULKHEAD_TENANTS: "/x" };
    assert.deepEqual(awsEnvironment(env), { PATH: "/bin", AWS_PROFILE: "x" });
  });
});
