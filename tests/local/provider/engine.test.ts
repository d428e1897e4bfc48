/** The real engine against the provider: what it creates, replaces, refuses and deletes, and that a killed run converges. */
import assert from "node:assert/strict";
import { existsSync, globSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "./support/engine.ts";
import type { MemoryGateway } from "./support/memory-gateway.ts";
import { startWorld, type World } from "./support/world.ts";

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly replaceReasons?: string[];
}

/** Twenty resources of every kind that has a behaviour; those in braces are what a test changes. */
const program = (bucket: string, revision: number) => `
const trust = (service) => JSON.stringify({ Version: "2012-10-17", Statement: [
  { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } }] });
const allow = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:ListBucket", Resource: "*" }] });
const bucket = new aws.s3.Bucket("docs", { bucket: "${bucket}" });
new aws.s3.BucketVersioning("docs", { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } });
new aws.s3.BucketObjectv2("object", { bucket: bucket.bucket, key: "a b/c.txt", content: "hello" });
const key = new aws.kms.Key("key", { description: pulumi.secret("revision ${revision}") });
new aws.kms.Alias("key", { name: "alias/docs", targetKeyId: key.keyId });
const role = new aws.iam.Role("role", { name: "worker", assumeRolePolicy: trust("lambda.amazonaws.com") });
new aws.iam.RolePolicy("role", { name: "list", role: role.name, policy: allow });
const policy = new aws.iam.Policy("policy", { policy: allow });
new aws.iam.RolePolicyAttachment("role", { role: role.name, policyArn: policy.arn });
new aws.s3.BucketPolicy("docs", { bucket: bucket.bucket, policy: role.arn.apply((arn) => JSON.stringify({
  Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS: arn }, Action: "s3:*", Resource: "*" }] })) });
const table = new aws.dynamodb.Table("table", { name: "things", hashKey: "id", billingMode: "PAY_PER_REQUEST",
  attributes: [{ name: "id", type: "S" }] });
new aws.dynamodb.TableItem("item", { tableName: table.name, hashKey: table.hashKey,
  item: JSON.stringify({ id: { S: "one" }, size: { N: "1" } }) });
const fn = new aws.lambda.Function("fn", { name: "worker", role: role.arn, runtime: "nodejs22.x", handler: "index.handler",
  code: new pulumi.asset.FileArchive(process.cwd() + "/function") });
new aws.lambda.Permission("fn", { function: fn.name, action: "lambda:InvokeFunction", principal: "apigateway.amazonaws.com" });
const call = new aws.lambda.Invocation("call", { functionName: fn.name, lifecycleScope: "CRUD", input: JSON.stringify({ revision: ${revision} }) });
const group = new aws.opensearch.ServerlessCollectionGroup("group", { name: "silos", standbyReplicas: "DISABLED" });
const collection = new aws.opensearch.ServerlessCollection("docs", { name: "docs", type: "VECTORSEARCH", collectionGroupName: group.name,
  encryptionConfigs: [{ awsOwnedKey: false, kmsKeyArn: key.arn }] });
const pool = new aws.cognito.UserPool("pool", {});
new aws.cognito.UserPoolClient("client", { userPoolId: pool.id, name: "web", generateSecret: true });
const api = new aws.apigateway.RestApi("api", { name: "api", body: JSON.stringify({ openapi: "3.0.1", paths: { "/me": {} } }) });
const deployment = new aws.apigateway.Deployment("api", { restApi: api.id });
new aws.apigateway.Stage("api", { restApi: api.id, deployment: deployment.id, stageName: "v1" });
export const account = (await aws.getCallerIdentity()).accountId;
export const result = call.result;
export const endpoint = collection.collectionEndpoint;
`;

describe("provider under the real engine", function () {
  // About 5 s a run of the engine, many times that on a busy machine.
  this.timeout(180_000);

  let world: World;
  let folder: string;
  let gateway: MemoryGateway;
  let engine: Engine;

  const idsOf = (type: string) => gateway.account.resources(type).map((record) => record.id);

  before(async () => {
    world = await startWorld();
    ({ folder, gateway, engine } = world);
    const code = join(folder, "project", "function");
    mkdirSync(code);
    writeFileSync(join(code, "index.mjs"), "export const handler = () => 1;");
  });

  after(async () => {
    await world.close();
  });

  it("converges after a SIGKILL in the middle of an update", async () => {
    await engine.program(program("docs-1", 1));
    const killed = await engine.run(["up", "--yes", "--skip-preview"], {
      killWhen: () => gateway.account.resources().length >= 8,
    });
    assert.equal(killed.code, null, "the update was to be killed");
    const before = new Set(gateway.account.resources().map((record) => `${record.type} ${record.id}`));
    assert.ok(before.size >= 8);
    // The engine's backend would write them in place, so that a kill could leave one cut off, and no state could be read.
    assert.deepEqual(globSync("**/*.attrs", { cwd: join(folder, "state", ".pulumi") }), []);
    await engine.run(["cancel", "--yes"]);

    const second = await engine.run(["up", "--yes", "--skip-preview"]);

    assert.equal(second.code, 0, second.output);
    const after = gateway.account.resources().map((record) => `${record.type} ${record.id}`);
    assert.equal(after.length, 22, "one record a resource");
    for (const each of before) assert.ok(after.includes(each), `${each} was created again under another id`);
  });

  it("has put everything where the services look for it", () => {
    assert.equal(gateway.objects.get("docs-1/a b/c.txt")?.toString(), "hello");
    assert.equal(gateway.tables.get("things")?.size, 1);
    assert.equal(
      readFileSync(join(folder, "account/functions/worker/index.mjs"), "utf8"),
      "export const handler = () => 1;",
    );
    const [invocation] = gateway.invocations;
    assert.deepEqual(invocation?.event, { revision: 1, tf: { action: "create", prev_input: null } });
    assert.match(
      idsOf("aws:opensearch/serverlessCollection:ServerlessCollection")[0] ?? "",
      /^[a-z0-9]{20}$/,
    );
    assert.match(idsOf("aws:cognito/userPool:UserPool")[0] ?? "", /^us-east-1_[A-Za-z0-9]{9}$/);
    assert.match(
      idsOf("aws:iam/policy:Policy")[0] ?? "",
      /^arn:aws:iam::111122223333:policy\/policy-[0-9a-f]{7}$/,
    );
  });

  it("changes nothing when nothing changed, and keeps secrets out of what it shows", async () => {
    const again = await engine.run(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
    assert.equal(again.code, 0, again.output);
    const exported = await engine.run(["stack", "export"]);
    assert.match(exported.output, /"ciphertext"/);
    assert.ok(!exported.output.includes('revision 1"'), "a secret input must be encrypted in the state");
  });

  it("knows at preview what an edit updates and what it replaces", async () => {
    await engine.program(program("docs-2", 2));
    const invoked = gateway.invocations.length;
    const preview = await engine.run(["preview", "--json"]);
    assert.equal(preview.code, 0, preview.output);
    const { steps } = JSON.parse(preview.output.slice(preview.output.indexOf("{"))) as { steps: Step[] };
    const found = new Map(
      steps
        .filter(({ op }) => op !== "same")
        .map(({ op, urn }) => [`${op} ${urn.split("::").slice(2).join(" ")}`, true]),
    );
    for (const expected of [
      "replace aws:s3/bucket:Bucket docs",
      "replace aws:s3/bucketPolicy:BucketPolicy docs",
      "replace aws:s3/bucketVersioning:BucketVersioning docs",
      "replace aws:s3/bucketObjectv2:BucketObjectv2 object",
      "update aws:kms/key:Key key",
      "update aws:lambda/invocation:Invocation call",
    ])
      assert.ok(found.has(expected), `${expected} is missing in ${[...found.keys()].join("; ")}`);
    assert.equal(gateway.invocations.length, invoked, "a preview invokes nothing");
  });

  it("reports every fault of the arguments with property and reason", async () => {
    await engine.program(`new aws.kms.Key("wrong", { deletionWindowInDays: 3, tags: { ok: "<" } });`);
    const preview = await engine.run(["preview"]);
    assert.notEqual(preview.code, 0);
    assert.match(
      preview.output,
      /property deletionWindowInDays value \{3\} has a problem: is 3, at least 7 allowed/,
    );
    assert.match(preview.output, /property tags\.ok value .* has a problem: does not match/);
  });

  it("empties the account on destroy", async () => {
    const destroyed = await engine.run(["destroy", "--yes", "--skip-preview"]);
    assert.equal(destroyed.code, 0, destroyed.output);
    const left = gateway.account.resources().map(({ type, outputs }) => [type, outputs["keyState"]]);
    assert.deepEqual(left, [["aws:kms/key:Key", "PendingDeletion"]]);
    assert.deepEqual([gateway.objects.size, gateway.tables.size], [0, 0]);
    assert.equal(existsSync(join(folder, "account/functions/worker")), false);
    assert.deepEqual(readdirSync(join(folder, "account/functions/.versions")), []);
    assert.deepEqual(gateway.invocations.at(-1)?.event, {
      revision: 1,
      tf: { action: "delete", prev_input: { revision: 1 } },
    });
  });
});
