/** The policy pack in the real engine: a weakened bucket policy stops `up` before anything is made. */
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Engine, EngineError } from "../../local/engine/engine.ts";
import { PROJECT } from "../../local/paths.ts";
import { deployed, DEPLOY_TIMEOUT_MS, temporaryFolder, type Deployed } from "./support/deployed.ts";

const TENANT = "weak-tenant";

/** A tenant's key and bucket as the program makes them, the policy's first statement passed through `change`. */
const program = (change: string): string => `
import * as aws from "@pulumi/aws";
import { tenantNames } from "${PROJECT}/runtime/contract/names.ts";
import { EncryptedBucket } from "${PROJECT}/tenants/bucket.ts";
import { bucketPolicy } from "${PROJECT}/tenants/documents/bucket-policy.ts";
import { keyPolicy } from "${PROJECT}/tenants/documents/key-policy.ts";

const place = { environment: "local", account: "111122223333", region: "us-east-1" };
const deployers = ["arn:aws:iam::111122223333:role/bulkhead-deployer"];
const policy = JSON.parse(bucketPolicy(place, "${TENANT}", deployers));
const change = ${change};
change(policy.Statement[0]);
const key = new aws.kms.Key("key", {
  policy: keyPolicy(place, "${TENANT}", "silo", deployers),
  enableKeyRotation: true,
  tags: { tenant_id: "${TENANT}" },
});
new EncryptedBucket("docs", {
  bucket: tenantNames(place, "${TENANT}").bucket,
  keyArn: key.arn,
  policy: JSON.stringify(policy),
  tags: { tenant_id: "${TENANT}" },
  protect: false,
});
`;

/** Weakenings that a reader may miss: the condition that the rule is named after is still there in each. */
const WEAKENED = {
  "Null beside the condition exempts whoever has no tag":
    '(statement) => { statement.Condition.Null = { "aws:PrincipalTag/tenant_id": "false" }; }',
  "an operator that holds only where the tag is present":
    "(statement) => { statement.Condition = { StringNotEqualsIfExists: { ...statement.Condition.StringNotEquals }, Bool: { 'aws:SecureTransport': 'false' } }; }",
};

describe("policy pack, in the engine", function () {
  this.timeout(DEPLOY_TIMEOUT_MS);

  let account: Deployed;
  before(async () => {
    account = await deployed();
  });

  const open = async (change: string): Promise<Engine> => {
    const folder = temporaryFolder();
    const project = join(folder, "project");
    mkdirSync(project);
    // Settings of the stack, as the pack reads them, stand under the project's name.
    const settings =
      "config:\n  aws:region: us-east-1\n  bulkhead:deploymentRoleArns: [arn:aws:iam::111122223333:role/bulkhead-deployer]\n";
    writeFileSync(
      join(project, "Pulumi.yaml"),
      "name: bulkhead\nmain: index.mjs\nruntime: { name: nodejs, options: { typescript: false, nodeargs: --disable-warning=ExperimentalWarning } }\n",
    );
    writeFileSync(
      join(project, "Pulumi.local.yaml"),
      `${settings}encryptionsalt: v1:6NU6UJdFUdI=:v1:X1LG2ovbk/OHZzjo:r4QZMOjdtX9mR+TGEWL3OqmAh6VWNg==\n`,
    );
    writeFileSync(join(project, "package.json"), '{ "type": "module", "main": "index.mjs" }');
    writeFileSync(join(project, "index.mjs"), program(change));
    symlinkSync(join(PROJECT, "node_modules"), join(project, "node_modules"), "junction");
    return Engine.open({
      folder,
      debugProviders: account.embedded.debugProviders,
      stack: "local",
      project,
    });
  };
  const resources = (): string[] =>
    account.embedded.gateway.account.resources().map(({ type, id }) => `${type} ${id}`);

  it("lets the genuine policy pass: the control", async () => {
    const engine = await open("() => undefined");
    const changes = await engine.preview();
    assert.ok((changes["create"] ?? 0) >= 7, JSON.stringify(changes));
  });

  for (const [what, change] of Object.entries(WEAKENED)) {
    it(`refuses up, and nothing is made: ${what}`, async () => {
      const before = resources();
      const engine = await open(change);
      await assert.rejects(engine.up(), (error: unknown) => {
        assert.ok(error instanceof EngineError);
        assert.match(error.message, /tenant-bucket-principal-tag/);
        assert.match(error.message, /mandatory/);
        assert.doesNotMatch(error.message, /^\s+at /m);
        return true;
      });
      assert.deepEqual(resources(), before);
    });
  }
});
