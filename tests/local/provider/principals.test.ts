import assert from "node:assert/strict";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Outcome } from "../../../local/provider/provider.ts";
import { RealAccount } from "./support/real-account.ts";

const ROLE = "aws:iam/role:Role";
const POLICY = "aws:iam/rolePolicy:RolePolicy";
const BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const arnOf = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const document = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const trusting = (principal: object) =>
  document({ Effect: "Allow", Action: "sts:AssumeRole", Principal: principal });

describe("a role that is deleted and made again", () => {
  let account: RealAccount;
  let reader: Outcome;
  let granted: Outcome;
  before(async () => {
    account = await RealAccount.start();
    await account.create("aws:s3/bucket:Bucket", "docs", { bucket: "docs" });
    reader = await makeReader();
    granted = await account.create(BUCKET_POLICY, "docs", { bucket: "docs", policy: grant() });
    await account.create(ROLE, "data", {
      name: "data",
      assumeRolePolicy: trusting({ AWS: arnOf("reader") }),
    });
    await new S3Client(account.test.as("bulkhead-deployer")).send(
      new PutObjectCommand({ Bucket: "docs", Key: "a", Body: "x" }),
    );
  });
  after(() => account.stop());

  const grant = (sid = "One") =>
    document({
      Sid: sid,
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::docs/*",
      Principal: { AWS: arnOf("reader") },
    });

  const makeReader = async () => {
    const made = await account.create(ROLE, "reader", {
      name: "reader",
      assumeRolePolicy: trusting({ Service: "lambda.amazonaws.com" }),
    });
    await account.create(POLICY, "reader", {
      role: "reader",
      name: "assume",
      policy: document({ Effect: "Allow", Action: "sts:AssumeRole", Resource: arnOf("data") }),
    });
    return made;
  };

  const get = () =>
    new S3Client(account.test.as("reader")).send(new GetObjectCommand({ Bucket: "docs", Key: "a" }));
  const assume = () =>
    new STSClient(account.test.as("reader")).send(
      new AssumeRoleCommand({ RoleArn: arnOf("data"), RoleSessionName: "test" }),
    );

  it("is meant by the policies that name it, as long as it is there", async () => {
    await get();
    await assume();
  });

  it("is another role then: neither a bucket's policy nor a trust policy means it any more", async () => {
    const id = reader.outputs["uniqueId"];
    const policy = { ...reader, id: "reader:assume" };
    await account.delete(POLICY, "reader", policy);
    account.diff(ROLE, "reader", reader, reader.inputs);
    await account.delete(ROLE, "reader", reader);
    reader = await makeReader();
    assert.match(String(id), /^AROA[A-Z0-9]{17}$/);
    assert.notEqual(reader.outputs["uniqueId"], id);

    await assert.rejects(get(), { name: "AccessDenied" });
    await assert.rejects(assume(), { name: "AccessDenied" });
    const shown = account.read(BUCKET_POLICY, "docs", granted)?.outputs["policy"];
    assert.ok(String(shown).includes(`"AWS":"${String(id)}"`), "a refresh shows the id that is left");
  });

  it("is not meant by an update that leaves the policy as it was, and is by a policy put anew", async () => {
    await account.update(BUCKET_POLICY, "docs", granted, { bucket: "docs", policy: grant() });
    await assert.rejects(get(), { name: "AccessDenied" });
    await account.update(BUCKET_POLICY, "docs", granted, { bucket: "docs", policy: grant("Two") });
    await get();
  });
});
