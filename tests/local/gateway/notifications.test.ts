import assert from "node:assert/strict";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { S3Event, S3EventRecord } from "aws-lambda";
import { LOCAL_ACCOUNT } from "../../../local/account/identity.ts";
import { encodeKey } from "../../../local/gateway/services/s3-notifications.ts";
import { Lifecycle } from "../../../local/provider/lifecycle.ts";
import { Provider } from "../../../local/provider/provider.ts";
import { settings } from "../../../local/provider/settings.ts";
import { deployFunction, eventually, functionArn, logOf, permit } from "./functions/support.ts";
import { type Deployment, startTestGateway, type TestGateway } from "./support.ts";

const NOTIFICATION = "aws:s3/bucketNotification:BucketNotification";
const CODE = "exports.handler = async (event) => { console.log(JSON.stringify({ event })); };";

function notify(deployment: Deployment, bucket: string, fn: string, filterPrefix = ""): void {
  deployment.put(NOTIFICATION, bucket, {
    bucket,
    lambdaFunctions: [
      {
        id: "documents",
        lambdaFunctionArn: functionArn(fn),
        events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
        filterPrefix,
      },
    ],
  });
}

function deploy(deployment: Deployment): void {
  deployFunction(deployment, "ingest", { code: CODE });
  permit(deployment, "ingest", "s3.amazonaws.com", {
    sourceArn: "arn:aws:s3:::documents-*",
    sourceAccount: LOCAL_ACCOUNT,
  });
  for (const bucket of ["documents-acme", "documents-plain", "foreign-acme"]) {
    deployment.bucket(bucket);
    notify(deployment, bucket, "ingest", bucket === "documents-acme" ? "acme/" : "");
  }
  deployment.put("aws:s3/bucketVersioning:BucketVersioning", "documents-plain", {
    bucket: "documents-plain",
    versioningConfiguration: { status: "Suspended" },
  });
  deployment.bucket("documents-queued");
  deployment.put(NOTIFICATION, "documents-queued", {
    bucket: "documents-queued",
    queues: [{ queueArn: "x" }],
  });
  deployment.role("data.acme", { policy: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] });
}

describe("S3 event notifications", () => {
  let test: TestGateway;
  beforeEach(async () => {
    test = await startTestGateway(deploy);
  });
  afterEach(() => test.stop());

  const s3 = () => new S3Client(test.as("data.acme"));
  const put = (Key: string, Bucket = "documents-acme") =>
    s3().send(new PutObjectCommand({ Bucket, Key, Body: "text" }));
  const remove = (Key: string, VersionId?: string, Bucket = "documents-acme") =>
    s3().send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  const seen = (): S3EventRecord[] =>
    logOf(test.account.folder, "ingest").flatMap(({ message }) =>
      typeof message === "object" ? (message as { event: S3Event }).event.Records : [],
    );
  const records = (count: number): Promise<S3EventRecord[]> =>
    eventually(() => {
      const found = seen();
      return found.length >= count && found.sort((a, b) => (sequencer(a) < sequencer(b) ? -1 : 1));
    });
  const sequencer = (record: S3EventRecord): string => record.s3.object.sequencer;

  it("tell of what was put and removed, in the documented form", async () => {
    const key = "acme/red flower (1)+ü.md";
    const { ETag, VersionId } = await put(key);
    const marker = await remove(key);
    await remove(key, VersionId);
    const [created, marked, deleted] = await records(3);
    assert.ok(created && marked && deleted);
    assert.equal(created.eventVersion.split(".")[0], "2");
    assert.equal(created.eventSource, "aws:s3");
    assert.equal(created.awsRegion, "us-east-1");
    assert.ok(Math.abs(Date.parse(created.eventTime) - Date.now()) < 60_000);
    assert.match(created.userIdentity.principalId, /^AWS:AROA.+:test$/);
    assert.deepEqual(
      [created, marked, deleted].map(({ eventName }) => eventName),
      ["ObjectCreated:Put", "ObjectRemoved:DeleteMarkerCreated", "ObjectRemoved:Delete"],
    );
    assert.deepEqual(created.s3, {
      s3SchemaVersion: "1.0",
      configurationId: "documents",
      bucket: {
        name: "documents-acme",
        ownerIdentity: { principalId: LOCAL_ACCOUNT },
        arn: "arn:aws:s3:::documents-acme",
      },
      object: {
        key: "acme/red+flower+%281%29%2B%C3%BC.md",
        size: 4,
        eTag: ETag?.replaceAll('"', ""),
        versionId: VersionId,
        sequencer: sequencer(created),
      },
    });
    assert.equal(marked.s3.object.versionId, marker.VersionId);
    assert.equal(deleted.s3.object.versionId, VersionId);
  });

  it("name no version where the bucket keeps none", async () => {
    await put("a", "documents-plain");
    await remove("a", undefined, "documents-plain");
    const names = (await records(2)).map(({ eventName, s3 }) => [eventName, s3.object.versionId]);
    assert.deepEqual(names, [
      ["ObjectCreated:Put", undefined],
      ["ObjectRemoved:Delete", undefined],
    ]);
  });

  it("are sent for keys under the prefix only, and not for what was refused", async () => {
    await put("borealis/a.md");
    await assert.rejects(
      s3().send(new PutObjectCommand({ Bucket: "documents-acme", Key: "acme/b", Body: "", IfMatch: '"x"' })),
    );
    await put("acme/c.md");
    assert.deepEqual(
      (await records(1)).map(({ s3 }) => s3.object.key),
      ["acme/c.md"],
    );
  });

  it("do not reach a function whose permission is for other buckets", async () => {
    await put("acme/forged.md", "foreign-acme");
    const refused = await eventually(() =>
      test.gateway.decisions().find(({ principal }) => principal === "s3.amazonaws.com"),
    );
    assert.equal(refused.allowed, false);
    await put("acme/real.md");
    assert.deepEqual(
      (await records(1)).map(({ s3 }) => s3.bucket.name),
      ["documents-acme"],
    );
  });

  it("can't be forged by a tenant: it may not invoke the function", async () => {
    const lambda = new LambdaClient(test.as("data.acme", { tenant_id: "acme" }));
    const Payload = Buffer.from(JSON.stringify({ Records: [{ eventSource: "aws:s3" }] }));
    for (const InvocationType of ["Event", "RequestResponse"] as const)
      await assert.rejects(
        lambda.send(new InvokeCommand({ FunctionName: functionArn("ingest"), InvocationType, Payload })),
        { name: "AccessDeniedException" },
      );
    assert.deepEqual(seen(), []);
  });

  it("that are not understood stop the change that they would tell of", async () => {
    await assert.rejects(put("a", "documents-queued"), /queues/);
  });

  it("outlive the gateway", async () => {
    // Throttled, so that nothing is delivered before the gateway ends.
    deployFunction(test.deployment, "ingest", { code: CODE, reservedConcurrentExecutions: 0 });
    await put("acme/a.md");
    // What a gateway leaves that is killed between a change's acknowledgement and the next moment.
    const event = { Records: [{ s3: { object: { key: "acme/left.md", sequencer: "0" } } }] };
    test.gateway.account.table("s3-events").put("0", {
      functionArn: functionArn("ingest"),
      bucketArn: "arn:aws:s3:::documents-acme",
      event,
    });
    await test.restart();
    assert.deepEqual(seen(), []);
    deployFunction(test.deployment, "ingest", { code: CODE });
    const [left, first] = await records(2);
    assert.ok(left && first);
    assert.deepEqual(
      [left, first].map(({ s3 }) => s3.object.key),
      ["acme/left.md", "acme/a.md"],
    );
    await put("acme/a.md");
    const later = (await records(3))[2];
    assert.ok(
      later && sequencer(later) > sequencer(first),
      "numbered on from where the process before ended",
    );
  });

  it("encode keys as S3 does", () => {
    assert.equal(encodeKey("a/b c+d~e*f'(g)!&=ä"), "a/b+c%2Bd%7Ee*f%27%28g%29%21%26%3D%C3%A4");
  });

  describe("at deployment", () => {
    const create = (bucket: string, lambdaFunctions: object[], more: object = {}) =>
      new Provider(new Lifecycle(test.gateway)).create(
        `urn:pulumi:local::bulkhead::${NOTIFICATION}::new-${bucket}`,
        { bucket, lambdaFunctions, ...more },
        false,
        { settings: settings({ region: "us-east-1" }), programFolder: test.account.folder },
      );
    const target = (fn: string, more: object = {}) => ({
      lambdaFunctionArn: functionArn(fn),
      events: ["s3:ObjectCreated:*"],
      ...more,
    });
    const CASES: readonly (readonly [
      what: string,
      bucket: string,
      targets: object[],
      more: object,
      RegExp,
    ])[] = [
      ["S3 may not invoke", "other", [target("ingest")], {}, /Unable to validate the following destination/],
      [
        "is not there",
        "documents-new",
        [target("absent")],
        {},
        /Unable to validate the following destination/,
      ],
      [
        "would be told twice",
        "documents-new",
        [target("ingest", { filterPrefix: "a" }), target("ingest", { filterPrefix: "ab" })],
        {},
        /ambiguously defined/,
      ],
      ["is a queue", "documents-new", [], { queues: [{ queueArn: "x", events: [] }] }, /queues/],
      [
        "has a filter of odd characters",
        "documents-new",
        [target("ingest", { filterPrefix: "a b" })],
        {},
        /filterPrefix/,
      ],
    ];
    for (const [what, bucket, targets, more, expected] of CASES)
      it(`fails for a destination that ${what}`, async () => {
        test.deployment.bucket(bucket);
        await assert.rejects(create(bucket, targets, more), expected);
        assert.equal(test.gateway.account.resource(NOTIFICATION, bucket), undefined);
      });

    it("succeeds where the permission covers the bucket", async () => {
      test.deployment.bucket("documents-new");
      const made = await create("documents-new", [target("ingest")]);
      assert.equal(made.id, "documents-new");
    });
  });
});
