/** The pack in the real engine: a violation and an unknown value stop a deployment before anything is made. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../local/provider/support/engine.ts";
import type { MemoryGateway } from "../local/provider/support/memory-gateway.ts";
import { startWorld, type World } from "../local/provider/support/world.ts";

const DEPLOYER = "arn:aws:iam::111122223333:role/deployer";
const PACK = join(import.meta.dirname, "../../policies");

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

  /** `pulumi up` with the pack. */
  const up = async (tag: string) => {
    await engine.program(program(tag));
    const config = join(folder, "pack.json");
    return engine.run(["up", "--yes", "--policy-pack", PACK, "--policy-pack-config", config]);
  };

  before(async () => {
    world = await startWorld();
    ({ folder, gateway, engine } = world);
    writeFileSync(
      join(folder, "pack.json"),
      JSON.stringify({
        // The others have much to say of so small a program.
        all: "disabled",
        "tenant-bucket-principal-tag": { enforcementLevel: "mandatory", deploymentRoles: [DEPLOYER] },
      }),
    );
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
      const config = join(folder, "fault.json");
      writeFileSync(config, JSON.stringify({ all: "disabled", [rule]: { enforcementLevel: "mandatory" } }));
      const { code, output } = await engine.run([
        "preview",
        "--policy-pack",
        PACK,
        "--policy-pack-config",
        config,
      ]);
      assert.notEqual(code, 0, output);
      assert.match(output, new RegExp(`\\[mandatory\\] .*${rule}`));
      assert.match(output, message);
    });
});
