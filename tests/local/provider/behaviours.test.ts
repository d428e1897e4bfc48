import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { invoke } from "../../../local/provider/invokes.ts";
import { Harness, TRUST } from "./support/harness.ts";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const archive = (path: string, hash: string) => ({
  [SIGNATURE]: "0def7320c3a5731c473e5ecbe6d01bc7",
  path,
  hash,
});
const asset = (text: string) => ({ [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", text, hash: text });
const assets = (map: object) => ({ [SIGNATURE]: "0def7320c3a5731c473e5ecbe6d01bc7", assets: map, hash: "x" });

const ROLE = "aws:iam/role:Role";
const FUNCTION = "aws:lambda/function:Function";
const INVOCATION = "aws:lambda/invocation:Invocation";
const COLLECTION = "aws:opensearch/serverlessCollection:ServerlessCollection";
const KNOWLEDGE_BASE = "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase";
const ABSENT = "arn:aws:iam::111122223333:role/absent";
const naming = (arn: string) =>
  JSON.stringify({ Statement: [{ Effect: "Allow", Principal: { AWS: arn }, Action: "*" }] });

describe("behaviours", () => {
  let harness: Harness;
  beforeEach(() => {
    harness = new Harness();
  });
  afterEach(() => {
    harness.close();
  });

  /** References that don't exist, and what AWS says to them. */
  const dangling: [type: string, inputs: Record<string, unknown>, code: string][] = [
    ["aws:iam/rolePolicy:RolePolicy", { role: "absent", name: "p", policy: "{}" }, "NoSuchEntity"],
    ["aws:iam/rolePolicyAttachment:RolePolicyAttachment", { role: "absent", policyArn: "x" }, "NoSuchEntity"],
    [ROLE, { name: "r", assumeRolePolicy: naming(ABSENT) }, "MalformedPolicyDocument"],
    [
      ROLE,
      { name: "r", assumeRolePolicy: TRUST, permissionsBoundary: "arn:aws:iam::111122223333:policy/absent" },
      "NoSuchEntity",
    ],
    ["aws:s3/bucketPolicy:BucketPolicy", { bucket: "absent", policy: "{}" }, "NoSuchBucket"],
    ["aws:s3/bucketObjectv2:BucketObjectv2", { bucket: "absent", key: "k", content: "" }, "NoSuchBucket"],
    ["aws:kms/key:Key", { policy: naming(ABSENT) }, "MalformedPolicyDocumentException"],
    ["aws:kms/alias:Alias", { name: "alias/a", targetKeyId: "absent" }, "NotFoundException"],
    [
      "aws:dynamodb/tableItem:TableItem",
      { tableName: "absent", hashKey: "id", item: '{"id":{"S":"1"}}' },
      "ResourceNotFoundException",
    ],
    [
      "aws:dynamodb/resourcePolicy:ResourcePolicy",
      { resourceArn: "arn:aws:dynamodb:us-east-1:111122223333:table/absent", policy: "{}" },
      "ResourceNotFoundException",
    ],
    [FUNCTION, { name: "f", role: ABSENT, code: assets({}) }, "InvalidParameterValueException"],
    [
      "aws:lambda/permission:Permission",
      { function: "absent", statementId: "s" },
      "ResourceNotFoundException",
    ],
    [INVOCATION, { functionName: "absent", input: "{}" }, "ResourceNotFoundException"],
    [COLLECTION, { name: "c" }, "ValidationException"],
    [COLLECTION, { name: "c", collectionGroupName: "absent" }, "ResourceNotFoundException"],
    [
      COLLECTION,
      {
        name: "c",
        encryptionConfigs: [
          { awsOwnedKey: false, kmsKeyArn: "arn:aws:kms:us-east-1:111122223333:key/absent" },
        ],
      },
      "ValidationException",
    ],
    [KNOWLEDGE_BASE, { name: "k", roleArn: ABSENT }, "ValidationException"],
    [
      "aws:bedrock/agentDataSource:AgentDataSource",
      { name: "d", knowledgeBaseId: "absent" },
      "ResourceNotFoundException",
    ],
    [
      "aws:cognito/userPoolClient:UserPoolClient",
      { name: "c", userPoolId: "absent" },
      "ResourceNotFoundException",
    ],
    ["aws:apigateway/deployment:Deployment", { restApi: "absent" }, "NotFoundException"],
    [
      "aws:apigateway/stage:Stage",
      { restApi: "absent", deployment: "absent", stageName: "v1" },
      "NotFoundException",
    ],
  ];
  for (const [type, inputs, code] of dangling)
    it(`refuses ${type} that refers to ${
      Object.values(inputs)
        .map(String)
        .find((value) => value.includes("absent")) ?? "nothing"
    }: ${code}`, async () => {
      await assert.rejects(harness.create(type, "x", inputs), { name: "AwsError", code });
      assert.equal(harness.gateway.account.resources().length, 0);
    });

  it("lets a bucket go that is empty, or whose program says forceDestroy", async () => {
    const bucket = await harness.create("aws:s3/bucket:Bucket", "b", { bucket: "docs" });
    harness.gateway.objects.set("docs/left", Buffer.from("x"));
    await assert.rejects(harness.delete("aws:s3/bucket:Bucket", "b", bucket), { code: "BucketNotEmpty" });
    const forced = await harness.update("aws:s3/bucket:Bucket", "b", bucket, {
      bucket: "docs",
      forceDestroy: true,
    });
    await harness.delete("aws:s3/bucket:Bucket", "b", forced);
    assert.equal(harness.gateway.objects.size, 0);
  });

  it("puts, moves and deletes an item, and takes over none that others wrote", async () => {
    const ITEM = "aws:dynamodb/tableItem:TableItem";
    await harness.create("aws:dynamodb/table:Table", "t", { name: "t", hashKey: "id", attributes: [] });
    const items = harness.gateway.tables.get("t")!;
    const item = (id: string) => ({ tableName: "t", hashKey: "id", item: JSON.stringify({ id: { S: id } }) });
    const made = await harness.create(ITEM, "i", item("1"));
    assert.deepEqual([made.id, made.outputs["hashKeyValue"]], ["t|id|1||", "1"]);
    await harness.update(ITEM, "i", made, item("2"));
    assert.deepEqual([...items.keys()], ['{"id":{"S":"2"}}']);
    items.set('{"id":{"S":"3"}}', {});
    await assert.rejects(harness.create(ITEM, "j", item("3")), { code: "ConditionalCheckFailedException" });
  });

  it("unpacks a function's code, swaps it whole, and removes it", async () => {
    const { arn: role } = (await harness.create(ROLE, "r", { name: "r", assumeRolePolicy: TRUST })).outputs;
    const source = join(harness.folder, "code");
    mkdirSync(join(source, "lib"), { recursive: true });
    writeFileSync(join(source, "lib/a.mjs"), "1");
    const first = await harness.create(FUNCTION, "f", { name: "f", role, code: archive("code", "1") });
    const installed = join(harness.gateway.account.folder, "functions/f");
    assert.equal(readFileSync(join(installed, "lib/a.mjs"), "utf8"), "1");
    assert.equal(first.outputs["arn"], "arn:aws:lambda:us-east-1:111122223333:function:f");
    assert.equal(
      first.outputs["invokeArn"],
      "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111122223333:function:f/invocations",
    );

    const code = assets({ "index.mjs": asset("2"), sub: archive("code", "1") });
    const second = await harness.update(FUNCTION, "f", first, { name: "f", role, code });
    assert.deepEqual(readdirSync(installed).sort(), ["index.mjs", "sub"]);
    assert.notEqual(second.outputs["codeSha256"], first.outputs["codeSha256"]);
    assert.equal(readdirSync(join(installed, "../.versions")).length, 1);
    await harness.delete(FUNCTION, "f", second);
    assert.deepEqual(readdirSync(join(installed, "..")), [".versions"]);

    const escaping = assets({ "../../escape": asset("x") });
    await assert.rejects(
      harness.create(FUNCTION, "g", { name: "g", role, code: escaping }),
      /can't hold a file named/,
    );
    writeFileSync(join(source, "packed.zip"), "x");
    const packed = archive("code/packed.zip", "1");
    await assert.rejects(
      harness.create(FUNCTION, "g", { name: "g", role, code: packed }),
      /takes a folder as code/,
    );
  });

  it("invokes a function through the life of an invocation, and fails with the function's words", async () => {
    const { arn: role } = (await harness.create(ROLE, "r", { name: "r", assumeRolePolicy: TRUST })).outputs;
    await harness.create(FUNCTION, "f", { name: "f", role, code: assets({ "a.js": asset("1") }) });
    const input = (n: number, lifecycleScope = "CRUD") => ({
      functionName: "f",
      input: `{"n":${n}}`,
      lifecycleScope,
    });
    const made = await harness.create(INVOCATION, "i", input(1));
    assert.equal(made.outputs["result"], '{"seen":{"n":1,"tf":{"action":"create","prev_input":null}}}');
    await harness.delete(INVOCATION, "i", await harness.update(INVOCATION, "i", made, input(2)));
    await harness.create(INVOCATION, "once", input(3, "CREATE_ONLY"));
    assert.deepEqual(
      harness.gateway.invocations.map(({ event }) => event),
      [
        { n: 1, tf: { action: "create", prev_input: null } },
        { n: 2, tf: { action: "update", prev_input: { n: 1 } } },
        { n: 2, tf: { action: "delete", prev_input: { n: 2 } } },
        { n: 3 },
      ],
    );
    harness.gateway.answer = () => {
      throw new Error("index refused");
    };
    await assert.rejects(harness.create(INVOCATION, "j", input(4)), /index refused/);
    assert.equal(harness.gateway.account.resources(INVOCATION).length, 1);
  });

  it("wants a vector index before a knowledge base, and deletes a collection's data with it", async () => {
    const { account } = harness.gateway;
    const { arn: roleArn } = (await harness.create(ROLE, "r", { name: "r", assumeRolePolicy: TRUST }))
      .outputs;
    const key = await harness.create("aws:kms/key:Key", "k", {});
    const collection = await harness.create(COLLECTION, "c", {
      name: "c",
      encryptionConfigs: [{ awsOwnedKey: false, kmsKeyArn: key.outputs["arn"] }],
    });
    assert.equal(collection.outputs["collectionEndpoint"], `http://127.0.0.1:4566/_aoss/${collection.id}`);
    const knowledgeBase = {
      name: "kb",
      roleArn,
      storageConfiguration: {
        opensearchServerlessConfiguration: {
          collectionArn: collection.outputs["arn"],
          vectorIndexName: "kb",
        },
      },
    };
    await assert.rejects(harness.create(KNOWLEDGE_BASE, "kb", knowledgeBase), /no such index \[kb\]/);
    account.table("aoss-indices").put(`${collection.id}/kb`, {});
    account.table("aoss-documents").put(`${collection.id}/kb/1`, {});
    account.table("aoss-documents").put("other/kb/1", {});
    const made = await harness.create(KNOWLEDGE_BASE, "kb", knowledgeBase);
    assert.match(made.id, /^[0-9A-Z]{10}$/);
    await assert.rejects(harness.create(KNOWLEDGE_BASE, "twin", knowledgeBase), {
      code: "ConflictException",
    });
    const source = await harness.create("aws:bedrock/agentDataSource:AgentDataSource", "d", {
      name: "d",
      knowledgeBaseId: made.id,
    });
    assert.equal(source.id, `${String(source.outputs["dataSourceId"])},${made.id}`);
    await harness.delete(COLLECTION, "c", collection);
    assert.deepEqual([...account.table("aoss-indices").entries()], []);
    assert.equal([...account.table("aoss-documents").entries()].length, 1);
  });

  it("gives an API's stage its address, and refuses a deployment without methods", async () => {
    const empty = await harness.create("aws:apigateway/restApi:RestApi", "empty", { name: "empty" });
    const DEPLOYMENT = "aws:apigateway/deployment:Deployment";
    await assert.rejects(
      harness.create(DEPLOYMENT, "d", { restApi: empty.id }),
      /doesn't contain any methods/,
    );
    const api = await harness.create("aws:apigateway/restApi:RestApi", "api", {
      name: "a",
      body: '{"paths":{"/":{}}}',
    });
    const deployment = await harness.create(DEPLOYMENT, "d", { restApi: api.id });
    const inputs = { restApi: api.id, deployment: deployment.id, stageName: "v1" };
    const stage = await harness.create("aws:apigateway/stage:Stage", "s", inputs);
    assert.match(api.id, /^[a-z0-9]{10}$/);
    assert.equal(stage.outputs["invokeUrl"], `http://127.0.0.1:4566/_api/${api.id}/v1`);
    assert.equal(stage.outputs["executionArn"], `${String(api.outputs["executionArn"])}/v1`);
    await assert.rejects(harness.delete(DEPLOYMENT, "d", deployment), /Active stages/);
  });

  it("answers for the account, and names a function that it doesn't serve", () => {
    const { place } = harness.at.settings;
    const { account } = harness.gateway;
    assert.equal(
      invoke("aws:index/getCallerIdentity:getCallerIdentity", place, {}, account)["accountId"],
      "111122223333",
    );
    assert.equal(invoke("aws:index/getRegion:getRegion", place, {}, account)["region"], "us-east-1");
    assert.equal(invoke("aws:index/getPartition:getPartition", place, {}, account)["partition"], "aws");
    assert.throws(
      () => invoke("aws:ec2/getVpc:getVpc", place, {}, account),
      /doesn't serve function aws:ec2\/getVpc:getVpc/,
    );
  });
});
