/** The pack in the real engine: a violation and an unknown value stop a deployment before anything is made. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../local/provider/support/engine.ts";
import type { MemoryGateway } from "../local/provider/support/memory-gateway.ts";
import { startWorld, type World } from "../local/provider/support/world.ts";

const DEPLOYER = "arn:aws:iam::111122223333:role/deployer";
const PACK = join(import.meta.dirname, "../../policies");
/** The others have much to say of so small a program. */
const ONE_RULE = join(import.meta.dirname, "../fixtures/tenant-bucket-pack");

/** A tenant's bucket, and a key whose id is not known at preview. `tag` is JavaScript: what the policy compares with. */
const program = (tag: string) => `
const key = new aws.kms.Key("key", {});
const deny = (Action, Resource, more) => ({ Effect: "Deny", Principal: "*", Action, Resource, Condition: more });
const policy = (tag) => JSON.stringify({ Version: "2012-10-17", Statement: [
  deny("s3:*", "arn:aws:s3:::data-acme/*", { StringNotEquals: { "aws:PrincipalTag/tenant_id": tag } }),
  deny("s3:ListBucket*", "arn:aws:s3:::data-acme", { StringNotEquals: { "aws:PrincipalTag/tenant_id": tag },
    ArnNotEquals: { "aws:PrincipalArn": "${DEPLOYER}" } }) ] });
const bucket = new aws.s3.Bucket("data", { bucket: "data-acme", tags: { tenant_id: "acme" } });
new aws.s3.BucketPolicy("data", { bucket: bucket.bucket, policy: ${tag} });
`;

describe("policy pack under the real engine", function () {
  // About 5 s a run of the engine, many times that on a busy machine.
  this.timeout(900_000);

  let world: World;
  let folder: string;
  let gateway: MemoryGateway;
  let engine: Engine;

  /** The engine with a pack. */
  const judged = (command: readonly string[], pack: string, configuration: object) => {
    const config = join(folder, "pack.json");
    writeFileSync(config, JSON.stringify(configuration));
    return engine.run([...command, "--policy-pack", pack, "--policy-pack-config", config]);
  };

  /** `pulumi up` with a rule of the pack. */
  const up = async (tag: string) => {
    await engine.program(program(tag));
    return judged(["up", "--yes"], ONE_RULE, {
      "tenant-bucket-principal-tag": { deploymentRoles: [DEPLOYER] },
    });
  };

  before(async () => {
    world = await startWorld();
    ({ folder, gateway, engine } = world);
  });

  after(async () => {
    await world.close();
  });

  it("refuses a bucket that admits another tenant's tag", async () => {
    const { code, output } = await up('policy("globex")');
    assert.notEqual(code, 0, output);
    assert.match(output, /\[mandatory\] .*tenant-bucket-principal-tag/);
    assert.match(output, /is allowed to a role of the bucket's account tagged tenant_id=globex/);
    assert.deepEqual(gateway.account.resources(), []);
  });

  it("refuses a policy that is not known before deployment", async () => {
    const { code, output } = await up("key.keyId.apply(policy)");
    assert.notEqual(code, 0, output);
    assert.match(output, /\[mandatory\] .*tenant-bucket-principal-tag/);
    assert.match(output, /not proven: its bucket policy is not known before deployment/);
    assert.deepEqual(gateway.account.resources(), []);
  });

  it("lets a bucket pass that admits its tenant alone", async () => {
    const { code, output } = await up('policy("acme")');
    assert.equal(code, 0, output);
    assert.equal(gateway.account.resources().length, 3);
  });

  for (const [fault, rule, message] of [
    [
      "leading-keys-without-null",
      "data-role-policy",
      /dynamodb:GetItem, dynamodb:Query, dynamodb:Scan of tenant acme-2 is allowed to a session of tenant acme/,
    ],
    [
      "colliding-prefix",
      "data-role-policy",
      /s3:GetObject of tenant acme-2 is allowed to a session of tenant acme/,
    ],
  ] as const)
    it(`refuses a program with a fault that published systems had: ${fault}`, async () => {
      const file = join(import.meta.dirname, "../fixtures/faults", fault, "index.ts");
      await engine.program(`await import(${JSON.stringify(file)});`);
      const { code, output } = await judged(["preview"], PACK, {});
      assert.notEqual(code, 0, output);
      assert.match(output, new RegExp(`\\[mandatory\\] .*${rule}`));
      assert.match(output, message);
    });

  it("refuses a configuration that switches a rule off, or makes it advice", async () => {
    await engine.program("");
    for (const configuration of [
      { "isolation-proof": "disabled" },
      { "s3-private": { enforcementLevel: "advisory" } },
      { "exceptions-in-force": { enforcementLevel: "disabled" } },
      { all: "disabled" },
    ]) {
      const { code, output } = await judged(["preview"], PACK, configuration);
      assert.notEqual(code, 0, output);
      assert.match(output, /a rule's enforcement level is not configured/);
    }
  });

  it("keeps a violation back that has an exception, and lists that", async () => {
    await engine.program('new aws.kms.Key("legacy", {});');
    const exception = (expires: string) => ({
      "kms-rotation": {
        exceptions: [{ resource: "aws:kms/key:Key::legacy", reason: "moves to another account", expires }],
      },
    });
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const { code, output } = await judged(["preview"], PACK, exception(tomorrow));
    assert.equal(code, 0, output);
    assert.match(
      output,
      /\[advisory\] .*exceptions-in-force[\s\S]*kms-rotation is not applied to aws:kms\/key:Key::legacy until .* \(moves to another account\); keeps back 1 of its violations/,
    );
    const expired = await judged(["preview"], PACK, exception("2026-01-31"));
    assert.notEqual(expired.code, 0, expired.output);
    assert.match(expired.output, /expired on 2026-01-31/);
    assert.match(expired.output, /is not rotated/);
  });
});
