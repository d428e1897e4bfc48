import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DELAYED, Propagation } from "../../../local/account/propagation.ts";
import type { Records } from "../../../local/account/propagation.ts";
import type { ResourceRecord } from "../../../local/account/account.ts";
import { RealAccount } from "./support/real-account.ts";

const ROLE = "aws:iam/role:Role";
const SECONDS = 0.6;
const arnOf = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const document = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const TRUST = document({
  Effect: "Allow",
  Action: "sts:AssumeRole",
  Principal: { Service: "lambda.amazonaws.com" },
});
const reading = (principal: object = {}) =>
  document({ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::docs/*", ...principal });

describe("eventual consistency", function () {
  this.timeout(240_000);
  let account: RealAccount;
  before(async () => {
    account = await RealAccount.start({ consistencySeconds: SECONDS });
    await account.create(ROLE, "reader", { name: "reader", assumeRolePolicy: TRUST });
    await account.create("aws:s3/bucket:Bucket", "docs", { bucket: "docs" });
    await sleep(SECONDS * 1000);
    await new S3Client(account.test.as("bulkhead-deployer")).send(
      new PutObjectCommand({ Bucket: "docs", Key: "a", Body: "x" }),
    );
  });
  after(() => account.stop());

  const get = () =>
    new S3Client(account.test.as("reader")).send(new GetObjectCommand({ Bucket: "docs", Key: "a" }));

  const takesTime = async (change: () => Promise<unknown>, refusedAtFirst: boolean) => {
    await change();
    const allowed = async () => {
      await get();
    };
    const refused = () => assert.rejects(get(), { name: "AccessDenied" });
    await (refusedAtFirst ? refused() : allowed());
    await sleep(SECONDS * 1000);
    await (refusedAtFirst ? allowed() : refused());
  };

  it("lets an identity policy act after a while, and go after a while", async () => {
    const TYPE = "aws:iam/rolePolicy:RolePolicy";
    const inputs = { role: "reader", name: "read", policy: reading() };
    let made: Awaited<ReturnType<RealAccount["create"]>> | undefined;
    await takesTime(async () => (made = await account.create(TYPE, "read", inputs)), true);
    await takesTime(() => account.delete(TYPE, "read", made!), false);
  });

  it("lets a bucket policy act after a while, and go after a while", async () => {
    const TYPE = "aws:s3/bucketPolicy:BucketPolicy";
    const inputs = { bucket: "docs", policy: reading({ Principal: { AWS: arnOf("reader") } }) };
    let made: Awaited<ReturnType<RealAccount["create"]>> | undefined;
    await takesTime(async () => (made = await account.create(TYPE, "docs", inputs)), true);
    await takesTime(() => account.delete(TYPE, "docs", made!), false);
  });

  it("keeps a new role from other services for a while, which the provider waits for", async () => {
    await account.create(ROLE, "new", { name: "new", assumeRolePolicy: TRUST });
    const started = Date.now();
    await account.create("aws:s3/bucketPolicy:BucketPolicy", "docs", {
      bucket: "docs",
      policy: reading({ Principal: { AWS: arnOf("new") } }),
    });
    assert.ok(Date.now() - started > SECONDS * 500, "the bucket's policy had to wait for the role");
  });

  it("does not wait for a role that nobody makes", async () => {
    const policy = reading({ Principal: { AWS: arnOf("absent") } });
    await sleep(SECONDS * 1000);
    const started = Date.now();
    await assert.rejects(account.create("aws:s3/bucketPolicy:BucketPolicy", "x", { bucket: "docs", policy }));
    assert.ok(Date.now() - started < SECONDS * 500);
  });
});

describe("what is in force of what was deployed", () => {
  let now = 1000;
  let records: Map<string, ResourceRecord>;
  let propagation: Propagation;
  const [TYPE = ""] = Object.keys(DELAYED);
  const record = (id: string, value: number): ResourceRecord => ({
    ...{ type: TYPE, id, urn: id, inputs: {}, outputs: { value } },
  });
  beforeEach(() => {
    now = 1000;
    records = new Map();
    const reader: Records = {
      resource: (_type, id) => records.get(id),
      resources: () => [...records.values()],
      find: (_type, property, value) =>
        [...records.values()].find((each) => each.outputs[property] === value),
    };
    propagation = new Propagation(reader, 2, () => now);
  });
  const put = (id: string, value: number) => {
    const after = record(id, value);
    propagation.changed(TYPE, id, records.get(id), after);
    records.set(id, after);
  };
  const values = () => propagation.resources(TYPE).map(({ outputs }) => outputs["value"]);

  it("is the state of some time ago, change by change", () => {
    put("a", 1);
    assert.deepEqual(values(), []);
    now += 1000;
    put("a", 2);
    assert.deepEqual([values(), propagation.pending()], [[], 2000]);
    now += 1000;
    assert.deepEqual(values(), [1]);
    assert.equal(propagation.find(TYPE, "value", 1)?.id, "a");
    assert.equal(propagation.find(TYPE, "value", 2), undefined);
    now += 1000;
    assert.deepEqual([values(), propagation.pending()], [[2], 0]);
  });

  it("is not put off by a write that changes nothing", () => {
    put("a", 1);
    now += 1500;
    put("a", 1);
    now += 500;
    assert.deepEqual(values(), [1]);
  });

  it("is what is deleted, for a while", () => {
    put("a", 1);
    now += 2000;
    propagation.changed(TYPE, "a", records.get("a"), undefined);
    records.delete("a");
    assert.deepEqual(values(), [1]);
    now += 2000;
    assert.deepEqual(values(), []);
  });
});
