import assert from "node:assert/strict";
import { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { Statement } from "../../../policies/isolation/types.ts";
import { roleArn, startTestGateway, type TestGateway } from "./support.ts";

const ACME = "bulkhead-test-acme";
const PLAIN = "bulkhead-test-plain";
const KEYS = { acme: "11111111-1111-4111-8111-111111111111", beta: "22222222-2222-4222-8222-222222222222" };

const tenantOnly = (bucket: string, tenant: string): Statement => ({
  Sid: "TenantOnly",
  Effect: "Deny",
  Principal: "*",
  Action: ["s3:*Object*"],
  Resource: `arn:aws:s3:::${bucket}/*`,
  Condition: { StringNotEquals: { "aws:PrincipalTag/tenant_id": tenant } },
});

const keyOf = (tenant: "acme" | "beta"): Statement[] => [
  {
    Effect: "Allow",
    Principal: { AWS: roleArn(`data.${tenant}`) },
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: "*",
    Condition: {
      StringEquals: {
        "kms:ViaService": "s3.us-east-1.amazonaws.com",
        "aws:PrincipalTag/tenant_id": tenant,
        "kms:EncryptionContext:aws:s3:arn": `arn:aws:s3:::bulkhead-test-${tenant}`,
      },
    },
  },
];

const dataPolicy: Statement[] = [
  { Effect: "Allow", Action: "s3:*", Resource: "*" },
  {
    Effect: "Allow",
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: "*",
    Condition: {
      "ForAnyValue:StringLike": { "kms:ResourceAliases": "alias/test/${aws:PrincipalTag/tenant_id}" },
    },
  },
];

describe("S3", () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway((deployment) => {
      for (const tenant of ["acme", "beta"] as const) {
        const bucket = `bulkhead-test-${tenant}`;
        deployment.bucket(bucket, tenantOnly(bucket, tenant));
        const key = deployment.key(KEYS[tenant], `alias/test/${tenant}`, ...keyOf(tenant));
        deployment.put(
          "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
          bucket,
          {
            bucket,
            rules: [
              {
                applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key },
                bucketKeyEnabled: true,
              },
            ],
          },
        );
        deployment.role(`data.${tenant}`, { policy: dataPolicy });
      }
      deployment.bucket(PLAIN);
      deployment.role("reader", {
        policy: [
          { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: `arn:aws:s3:::${PLAIN}/*` },
        ],
      });
      deployment.role("owner", { policy: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] });
    });
  });
  after(() => test.stop());

  const client = (...who: Parameters<TestGateway["as"]>) => new S3Client(test.as(...who));
  const acme = () => client("data.acme", { tenant_id: "acme" });
  const put = (s3: S3Client, input: Partial<PutObjectCommandInput>) =>
    s3.send(new PutObjectCommand({ Bucket: ACME, Key: "acme/a.md", Body: "hello", ...input }));
  const get = (s3: S3Client, input: Partial<GetObjectCommandInput> = {}) =>
    s3.send(new GetObjectCommand({ Bucket: ACME, Key: "acme/a.md", ...input }));

  describe("a tenant's own objects", () => {
    it("come back as they were put, with their headers", async () => {
      await put(acme(), { ContentType: "text/markdown", Metadata: { tenant: "acme" } });
      const answer = await get(acme());
      assert.equal(await answer.Body!.transformToString(), "hello");
      assert.equal(answer.ContentType, "text/markdown");
      assert.deepEqual(answer.Metadata, { tenant: "acme" });
      assert.equal(answer.ServerSideEncryption, "aws:kms");
      assert.equal(answer.BucketKeyEnabled, true);
      assert.match(answer.SSEKMSKeyId!, new RegExp(KEYS.acme));
      const head = await acme().send(new HeadObjectCommand({ Bucket: ACME, Key: "acme/a.md" }));
      assert.equal(head.ContentLength, 5);
    });

    it("are taken from a stream, whose checksum comes after it", async () => {
      const body = Buffer.alloc(300_000, "xyz");
      await put(acme(), { Key: "acme/stream", Body: Readable.from([body]), ContentLength: body.length });
      const answer = await get(acme(), { Key: "acme/stream" });
      assert.deepEqual(Buffer.from(await answer.Body!.transformToByteArray()), body);
    });

    for (const key of [
      "acme/../beta/x",
      "acme//x",
      "acme/%2e%2e/x",
      "acme/a b+c&d?é#",
      "acme/.",
      "acme/漢字",
      "acme/'()*!",
    ]) {
      it(`may be called ${key}`, async () => {
        await put(client("owner"), { Bucket: PLAIN, Key: key, Body: key });
        const answer = await get(client("owner"), { Bucket: PLAIN, Key: key });
        assert.equal(await answer.Body!.transformToString(), key);
        const list = await client("owner").send(new ListObjectsV2Command({ Bucket: PLAIN, Prefix: key }));
        assert.ok(list.Contents!.some((each) => each.Key === key));
      });
    }

    it("are sent in parts on request", async () => {
      await put(acme(), { Key: "acme/range", Body: "0123456789" });
      const part = await get(acme(), { Key: "acme/range", Range: "bytes=2-4" });
      assert.equal(await part.Body!.transformToString(), "234");
      assert.equal(part.ContentRange, "bytes 2-4/10");
      await assert.rejects(get(acme(), { Key: "acme/range", Range: "bytes=10-" }), { name: "InvalidRange" });
    });

    it("keep their versions, behind a delete marker too", async () => {
      const s3 = acme();
      const first = await put(s3, { Key: "acme/v", Body: "one" });
      await put(s3, { Key: "acme/v", Body: "two" });
      await s3.send(new DeleteObjectCommand({ Bucket: ACME, Key: "acme/v" }));
      await assert.rejects(get(s3, { Key: "acme/v" }), { name: "NoSuchKey" });
      const old = await get(s3, { Key: "acme/v", VersionId: first.VersionId });
      assert.equal(await old.Body!.transformToString(), "one");
      const all = await s3.send(new ListObjectVersionsCommand({ Bucket: ACME, Prefix: "acme/v" }));
      assert.equal(all.Versions!.length, 2);
      assert.equal(all.DeleteMarkers!.length, 1);
      for (const each of [...all.Versions!, ...all.DeleteMarkers!])
        await s3.send(new DeleteObjectCommand({ Bucket: ACME, Key: "acme/v", VersionId: each.VersionId }));
      const none = await s3.send(new ListObjectVersionsCommand({ Bucket: ACME, Prefix: "acme/v" }));
      assert.equal(none.Versions, undefined);
    });

    it("are listed in pages and in groups", async () => {
      const s3 = client("owner");
      for (const key of ["p/a", "p/b/1", "p/b/2", "p/c"])
        await put(s3, { Bucket: PLAIN, Key: key, Body: "x" });
      const list = { Bucket: PLAIN, Prefix: "p/", Delimiter: "/", MaxKeys: 2 };
      const one = await s3.send(new ListObjectsV2Command(list));
      const two = await s3.send(
        new ListObjectsV2Command({ ...list, ContinuationToken: one.NextContinuationToken }),
      );
      assert.deepEqual(
        [one, two].map((page) => page.Contents?.map((each) => each.Key)),
        [["p/a"], ["p/c"]],
      );
      assert.deepEqual(one.CommonPrefixes, [{ Prefix: "p/b/" }]);
      assert.deepEqual([one.IsTruncated, two.IsTruncated], [true, false]);
      const seen: string[] = [];
      let KeyMarker: string | undefined;
      let VersionIdMarker: string | undefined;
      do {
        const page = await s3.send(
          new ListObjectVersionsCommand({
            Bucket: PLAIN,
            Prefix: "p/",
            MaxKeys: 1,
            KeyMarker,
            VersionIdMarker,
          }),
        );
        seen.push(...page.Versions!.map((each) => each.Key!));
        ({ NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page);
      } while (KeyMarker !== undefined);
      assert.deepEqual(seen, ["p/a", "p/b/1", "p/b/2", "p/c"]);
    });

    it("are read and written by presigned addresses", async () => {
      const s3 = new S3Client({
        ...test.as("data.acme", { tenant_id: "acme" }),
        requestChecksumCalculation: "WHEN_REQUIRED",
      });
      const target = { Bucket: ACME, Key: "acme/presigned +x" };
      const write = await getSignedUrl(s3, new PutObjectCommand(target), { expiresIn: 60 });
      assert.equal((await fetch(write, { method: "PUT", body: "by address" })).status, 200);
      const read = await getSignedUrl(s3, new GetObjectCommand(target), { expiresIn: 60 });
      assert.equal(await (await fetch(read)).text(), "by address");
      const other = await fetch(read.replace("acme/presigned", "acme/other"));
      assert.equal(other.status, 403);
      assert.match(await other.text(), /SignatureDoesNotMatch/);
      assert.equal((await fetch(read.replace("X-Amz-Expires=60", "X-Amz-Expires=600"))).status, 403);
      assert.equal((await fetch(read, { headers: { "x-amz-meta-a": "b" } })).status, 403);
      assert.equal((await fetch(read, { method: "DELETE" })).status, 403);
    });
  });

  describe("refuses", () => {
    const forbidden = { name: "AccessDenied" };
    it("another tenant's session, by the bucket's policy", async () => {
      await put(acme(), {});
      await assert.rejects(get(client("data.beta", { tenant_id: "beta" })), {
        ...forbidden,
        message: /with an explicit deny in a resource-based policy$/,
      });
      const [last] = test.gateway.decisions().slice(-1);
      assert.deepEqual(last?.by, {
        kind: "resource",
        policy: `bucket policy of ${ACME}`,
        statement: "TenantOnly",
      });
    });

    it("a session without a tag", async () => {
      await assert.rejects(get(client("data.acme")), forbidden);
    });

    it("a session with a tag but without the key", async () => {
      await put(acme(), {});
      await assert.rejects(get(client("owner", { tenant_id: "acme" })), {
        ...forbidden,
        message: /kms:Decrypt/,
      });
    });

    it("another tenant's key, asked for by a header", async () => {
      await assert.rejects(put(acme(), { ServerSideEncryption: "aws:kms", SSEKMSKeyId: KEYS.beta }), {
        ...forbidden,
        message: /kms:GenerateDataKey/,
      });
    });

    it("a data key for one object where the key's policy knows the bucket's only", async () => {
      await assert.rejects(
        put(acme(), { BucketKeyEnabled: false, ServerSideEncryption: "aws:kms" }),
        forbidden,
      );
    });

    it("everyone, once the key is pending deletion", async () => {
      await put(acme(), {});
      const key = test.gateway.account.resource("aws:kms/key:Key", KEYS.acme)!;
      test.gateway.account.putResource({ ...key, outputs: { ...key.outputs, keyState: "PendingDeletion" } });
      await assert.rejects(get(acme()), { name: "KMS.KMSInvalidStateException" });
      test.gateway.account.putResource(key);
      await get(acme());
    });

    it("to tell those who may not list whether a key is there", async () => {
      await assert.rejects(get(client("reader"), { Bucket: PLAIN, Key: "nothing" }), forbidden);
      await assert.rejects(get(client("owner"), { Bucket: PLAIN, Key: "nothing" }), { name: "NoSuchKey" });
    });

    it("an old version to those who may read the newest only", async () => {
      const { VersionId } = await put(client("owner"), { Bucket: PLAIN, Key: "old", Body: "secret" });
      await get(client("reader"), { Bucket: PLAIN, Key: "old" });
      await assert.rejects(get(client("reader"), { Bucket: PLAIN, Key: "old", VersionId }), forbidden);
    });

    it("who does not sign", async () => {
      const answer = await fetch(`${test.gateway.origin}/${PLAIN}/old`);
      assert.equal(answer.status, 403);
      assert.match(await answer.text(), /<Code>AccessDenied<\/Code>/);
    });

    it("a bucket that is not deployed", async () => {
      await assert.rejects(client("owner").send(new HeadBucketCommand({ Bucket: "nobody" })), {
        name: "NotFound",
      });
      await assert.rejects(get(client("owner"), { Bucket: "nobody" }), { name: "NoSuchBucket" });
    });

    it("an argument that it does not know, by name", async () => {
      await assert.rejects(put(client("owner"), { Bucket: PLAIN, ACL: "public-read" }), {
        name: "NotImplemented",
        message: /x-amz-acl/,
      });
    });

    it("a body that is not the one that was summed", async () => {
      await assert.rejects(put(client("owner"), { Bucket: PLAIN, ChecksumCRC32: "AAAAAA==" }), {
        name: "BadDigest",
      });
    });

    it("to overwrite what must not be there", async () => {
      await put(client("owner"), { Bucket: PLAIN, Key: "once", IfNoneMatch: "*" });
      await assert.rejects(put(client("owner"), { Bucket: PLAIN, Key: "once", IfNoneMatch: "*" }), {
        name: "PreconditionFailed",
      });
    });
  });

  it("lets an anonymous reader in only where policy and public access block both do", async () => {
    const bucket = "bulkhead-test-public";
    test.deployment.bucket(bucket, {
      Effect: "Allow",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: `arn:aws:s3:::${bucket}/*`,
    });
    await put(client("owner"), { Bucket: bucket, Key: "x", Body: "open" });
    const url = `${test.gateway.origin}/${bucket}/x`;
    assert.equal((await fetch(url)).status, 403);
    test.deployment.put("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", bucket, {
      bucket,
      restrictPublicBuckets: false,
    });
    assert.equal(await (await fetch(url)).text(), "open");
  });
});
