import assert from "node:assert/strict";
import { UNKNOWN } from "../../../local/provider/values.ts";
import { Harness, TRUST } from "./support/harness.ts";

const BUCKET = "aws:s3/bucket:Bucket";
const KEY = "aws:kms/key:Key";
const ROLE = "aws:iam/role:Role";

describe("life cycle of a resource", () => {
  let harness: Harness;
  beforeEach(() => {
    harness = new Harness();
  });
  afterEach(() => {
    harness.close();
  });

  it("knows nothing computed at preview, as with AWS", async () => {
    const urn = harness.urn(KEY, "k");
    const { id, outputs } = await harness.provider.create(urn, { description: "x" }, true, harness.at);
    assert.equal(id, "");
    assert.deepEqual([outputs["arn"], outputs["keyId"], outputs["description"]], [UNKNOWN, UNKNOWN, "x"]);
    assert.deepEqual(outputs["tagsAll"], { team: "x" });
    assert.equal(harness.gateway.account.resources().length, 0);
  });

  it("finds a create again that was killed before the engine noted it", async () => {
    const first = await harness.create(KEY, "k", { description: "one" });
    harness.restart();
    const second = await harness.create(KEY, "k", { description: "two" });
    assert.equal(second.id, first.id);
    assert.equal(second.outputs["description"], "two");
    assert.equal(harness.gateway.account.resources(KEY).length, 1);
  });

  it("makes another one where the engine replaces one that it knows, also if that is killed", async () => {
    const first = await harness.create(KEY, "k", { keyUsage: "ENCRYPT_DECRYPT" });
    const [change] = harness.diff(KEY, "k", first, { keyUsage: "SIGN_VERIFY" });
    assert.equal(change?.replaces, true);
    const second = await harness.create(KEY, "k", { keyUsage: "SIGN_VERIFY" });
    assert.notEqual(second.id, first.id);
    harness.restart();
    const again = await harness.create(KEY, "k", { keyUsage: "SIGN_VERIFY" });
    assert.equal(again.id, second.id);
    await harness.delete(KEY, "k", first);
    assert.equal(harness.gateway.account.resource(KEY, second.id)?.outputs["keyState"], "Enabled");
  });

  it("remakes a killed create whose program was edited so that it replaces", async () => {
    await harness.create("aws:dynamodb/table:Table", "t", table("id"));
    const again = await harness.create("aws:dynamodb/table:Table", "t", table("other"));
    assert.equal(again.outputs["hashKey"], "other");
  });

  it("refuses a name that another resource has, as AWS would", async () => {
    await harness.create(BUCKET, "one", { bucket: "shared" });
    await assert.rejects(harness.create(BUCKET, "two", { bucket: "shared" }), {
      code: "BucketAlreadyOwnedByYou",
    });
  });

  it("refuses a replacement under the same name that is created before the deletion", async () => {
    const role = { name: "r", assumeRolePolicy: TRUST };
    const first = await harness.create(ROLE, "r", role);
    harness.diff(ROLE, "r", first, { ...role, path: "/x/" });
    await assert.rejects(harness.create(ROLE, "r", { ...role, path: "/x/" }), {
      code: "EntityAlreadyExists",
    });
    await harness.delete(ROLE, "r", first);
    const second = await harness.create(ROLE, "r", { ...role, path: "/x/" });
    assert.equal(second.outputs["arn"], "arn:aws:iam::111122223333:role/x/r");
  });

  it("leaves nothing behind where a create fails", async () => {
    harness.gateway.call = () => Promise.resolve({ status: 500, body: '{"__type":"InternalServerError"}' });
    await assert.rejects(harness.create("aws:dynamodb/table:Table", "t", table("id")), {
      code: "InternalServerError",
    });
    assert.equal(harness.gateway.account.resources().length, 0);
  });

  it("deletes what is absent, and reports it absent", async () => {
    const made = await harness.create(BUCKET, "b", { bucket: "bucket" });
    await harness.delete(BUCKET, "b", made);
    await harness.delete(BUCKET, "b", made);
    assert.equal(harness.provider.read(harness.urn(BUCKET, "b"), made.id), undefined);
    await assert.rejects(harness.update(BUCKET, "b", made, { bucket: "bucket" }), {
      code: "ResourceNotFoundException",
    });
  });

  it("keeps a deleted key as pending deletion, and gives its successor another id", async () => {
    const first = await harness.create(KEY, "k", { deletionWindowInDays: 7 });
    harness.diff(KEY, "k", first, first.inputs);
    await harness.delete(KEY, "k", first);
    const kept = harness.gateway.account.resource(KEY, first.id);
    assert.equal(kept?.outputs["keyState"], "PendingDeletion");
    assert.ok(Date.parse(String(kept.outputs["deletionDate"])) > Date.now() + 6 * 86_400_000);
    const second = await harness.create(KEY, "k", {});
    assert.notEqual(second.id, first.id);
  });

  it("places a resource by its own region, and sees a change of the provider's", async () => {
    const made = await harness.create("aws:cloudwatch/logGroup:LogGroup", "l", {
      name: "l",
      region: "eu-west-1",
    });
    assert.equal(made.outputs["arn"], "arn:aws:logs:eu-west-1:111122223333:log-group:l");
    const [change] = harness.diff("aws:cloudwatch/logGroup:LogGroup", "l", made, { name: "l" });
    assert.equal(change?.replaces, true);
  });

  it("names a resource that has no name, and keeps that name", () => {
    const urn = harness.urn(BUCKET, "Docs");
    const first = harness.provider.check(urn, {}, {}, Buffer.from("abcdef0123", "hex"));
    assert.deepEqual(first, { inputs: { bucket: "docs-abcdef0", __defaults: ["bucket"] }, faults: [] });
    const second = harness.provider.check(urn, first.inputs, {}, Buffer.from("ffffffffff", "hex"));
    assert.equal(second.inputs["bucket"], "docs-abcdef0");
    const own = harness.provider.check(
      urn,
      first.inputs,
      { bucket: "mine" },
      Buffer.from("ffffffffff", "hex"),
    );
    assert.deepEqual(own.inputs, { bucket: "mine" });
  });

  it("gives a create that was killed the name that it had", async () => {
    const urn = harness.urn(BUCKET, "docs");
    const first = harness.provider.check(urn, {}, {}, Buffer.from("abcdef0123", "hex"));
    const made = await harness.create(BUCKET, "docs", first.inputs);
    const again = harness.provider.check(urn, {}, {}, Buffer.from("ffffffffff", "hex"));
    assert.equal(again.inputs["bucket"], "docs-abcdef0");
    harness.diff(BUCKET, "docs", made, made.inputs);
    const successor = harness.provider.check(urn, {}, {}, Buffer.from("ffffffffff", "hex"));
    assert.equal(successor.inputs["bucket"], "docs-fffffff");
  });

  it("names a type that it doesn't know, and says how to add it", () => {
    const { faults } = harness.provider.check(harness.urn("aws:x/y:Y", "y"), {}, {}, Buffer.alloc(8));
    assert.match(
      faults[0]?.reason ?? "",
      /doesn't know resource type aws:x\/y:Y\. To add it: .*aws-additions\.json/,
    );
  });
});

const table = (hashKey: string) => ({
  name: "t",
  hashKey,
  billingMode: "PAY_PER_REQUEST",
  attributes: [{ name: hashKey, type: "S" }],
});
