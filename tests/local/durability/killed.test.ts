/** The account's process is killed while others write: what it acknowledged is there afterwards, and nothing is there in part. */
import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { Client } from "@opensearch-project/opensearch";
import { AwsSigv4Signer } from "@opensearch-project/opensearch/aws-v3";
import { SendMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { LOCAL_REGION } from "../../../local/account/identity.ts";
import { PATHS } from "../../../local/gateway/contract.ts";
import {
  deployDomain,
  INDEX_DEFINITION as DOMAIN_INDEX,
  DIMENSIONS as FEW,
} from "../gateway/domain-account.ts";
import { deployTenant, DIMENSIONS, INDEX_DEFINITION, names } from "../gateway/knowledge-account.ts";
import { startTestGateway } from "../gateway/support.ts";

interface Served {
  readonly origin: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
}

const BUCKET = "durable";
const TABLE = "durable";
const DOMAIN = "durable";
const QUEUE = "durable";
const COLLECTION = PATHS.collection(names("acme").collectionId);
const KILLS = 4;
/** Writers of each kind at once. */
const WRITERS = 3;
/** Large enough for a write to be interrupted in its middle. */
const OBJECT_BYTES = 300_000;
const CHUNKS = 20;

const sizesOf = (sets: ReadonlyMap<string, ReadonlySet<string>>): Map<string, number> =>
  new Map([...sets].map(([kind, { size }]) => [kind, size]));

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** One kind of store: writes something new under a name, and reads what is there. */
interface Store {
  /** Resolves when the write is acknowledged. */
  write(name: string): Promise<void>;
  /** Names of what is there; throws if anything is there in part. */
  read(): Promise<ReadonlySet<string>>;
}

describe("an account whose process is killed", function () {
  this.timeout(300_000);
  let folder: string;
  let remove: () => Promise<void>;
  let child: ChildProcess;

  before(async () => {
    const test = await startTestGateway((deployment) => {
      const all = {
        Effect: "Allow",
        Action: ["s3:*", "dynamodb:*", "aoss:*", "es:*", "sqs:*"],
        Resource: "*",
      } as const;
      deployment.role("writer", { policy: [all] });
      deployment.role("admin", { policy: [all] });
      deployment.bucket(BUCKET);
      deployment.queue(QUEUE);
      deployTenant(deployment, "acme");
      const [record] = deployment.account.resources(
        "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy",
      );
      assert.ok(record);
      deployment.put(record.type, record.id, {
        ...record.outputs,
        policy: String(record.outputs["policy"]).replaceAll(":role/kb.acme", ":role/writer"),
      });
      deployDomain(deployment, DOMAIN, { fineGrained: false });
    });
    folder = test.account.folder;
    remove = () => {
      test.account.remove();
      return Promise.resolve();
    };
    await test.createTable(TABLE, "id");
    const { credentials } = test.as("admin");
    const { origin } = test.gateway;
    await clientOf({ origin, credentials }, "aoss", COLLECTION).indices.create({
      index: "kb",
      body: INDEX_DEFINITION as object,
    });
    await clientOf({ origin, credentials }, "es", PATHS.domain(DOMAIN)).indices.create({
      index: "kb",
      body: DOMAIN_INDEX as object,
    });
    await test.gateway.close();
  });
  after(async () => {
    child.kill("SIGKILL");
    await remove();
  });

  const serve = async (): Promise<Served> => {
    child = fork(join(import.meta.dirname, "serve.ts"), [folder, "0"], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    const [served] = (await once(child, "message")) as [Served];
    return served;
  };
  const kill = async (): Promise<void> => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };

  it("has lost nothing that it acknowledged, and shows nothing in part", async () => {
    const acknowledged = new Map<string, Set<string>>();
    let number = 0;
    for (let round = 0; round < KILLS; round++) {
      const stores = storesOf(await serve());
      let ended = false;
      const writing = Object.entries(stores).flatMap(([kind, store]) =>
        Array.from({ length: WRITERS }, async () => {
          const done = acknowledged.get(kind) ?? new Set<string>();
          acknowledged.set(kind, done);
          while (!ended) {
            const name = `${kind}-${(number += 1)}`;
            const ok = await store.write(name).then(
              () => true,
              () => false,
            );
            if (ok) done.add(name);
          }
        }),
      );
      // At a random moment, once every kind has come to write in this round.
      const before = sizesOf(acknowledged);
      const wrote = (): boolean =>
        Object.keys(stores).every((kind) => (acknowledged.get(kind)?.size ?? 0) > (before.get(kind) ?? 0));
      for (let tries = 0; !wrote() && tries < 200; tries++) await sleep(100);
      await sleep(Math.random() * 500);
      await kill();
      ended = true;
      await Promise.all(writing);
    }

    const stores = storesOf(await serve());
    for (const [kind, store] of Object.entries(stores)) {
      const done = acknowledged.get(kind) ?? new Set();
      assert.ok(done.size >= KILLS, `${kind}: only ${done.size} writes were acknowledged`);
      const there = await store.read();
      const lost = [...done].filter((name) => !there.has(name));
      assert.deepEqual(lost, [], `${kind}: lost ${lost.length} of ${done.size}`);
    }
    await kill();
  });
});

function clientOf({ origin, credentials }: Served, service: "aoss" | "es", path: string): Client {
  return new Client({
    ...AwsSigv4Signer({ region: LOCAL_REGION, service, getCredentials: () => Promise.resolve(credentials) }),
    node: origin + path,
    maxRetries: 0,
  });
}

function storesOf(served: Served): Readonly<Record<string, Store>> {
  const { origin: endpoint, credentials } = served;
  const config = { endpoint, region: LOCAL_REGION, credentials, maxAttempts: 1 };
  return {
    bucket: bucketOf(new S3Client(config)),
    table: tableOf(DynamoDBDocumentClient.from(new DynamoDBClient(config))),
    queue: queueOf(new SQSClient(config), endpoint),
    collection: indexOf(clientOf(served, "aoss", COLLECTION), DIMENSIONS),
    domain: indexOf(clientOf(served, "es", PATHS.domain(DOMAIN)), FEW),
  };
}

/** Each object says in its metadata what it holds. */
function bucketOf(s3: S3Client): Store {
  return {
    write: async (name) => {
      const body = randomBytes(OBJECT_BYTES);
      await s3.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: name, Body: body, Metadata: { digest: digest(body) } }),
      );
    },
    read: async () => {
      const found = new Set<string>();
      let token: string | undefined;
      do {
        const page = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, ContinuationToken: token }));
        for (const { Key } of page.Contents ?? []) {
          const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
          assert.equal(
            digest(await Body!.transformToByteArray()),
            Metadata?.["digest"],
            `${Key ?? ""} is torn`,
          );
          found.add(Key ?? "");
        }
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return found;
    },
  };
}

function tableOf(tables: DynamoDBDocumentClient): Store {
  return {
    write: async (id) => {
      const value = randomBytes(20_000);
      await tables.send(new PutCommand({ TableName: TABLE, Item: { id, value, digest: digest(value) } }));
    },
    read: async () => {
      const found = new Set<string>();
      let from: Record<string, unknown> | undefined;
      do {
        const page = await tables.send(new ScanCommand({ TableName: TABLE, ExclusiveStartKey: from }));
        for (const { id, value, digest: sum } of page.Items ?? []) {
          assert.equal(digest(value as Uint8Array), sum, `${String(id)} is torn`);
          found.add(String(id));
        }
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      return found;
    },
  };
}

function queueOf(queues: SQSClient, endpoint: string): Store {
  const QueueUrl = `${endpoint}/111122223333/${QUEUE}`;
  return {
    write: async (name) => {
      await queues.send(new SendMessageCommand({ QueueUrl, MessageBody: name }));
    },
    read: async () => {
      const found = new Set<string>();
      for (;;) {
        const { Messages = [] } = await queues.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
        );
        if (Messages.length === 0) return found;
        for (const { Body } of Messages) found.add(Body ?? "");
      }
    },
  };
}

/** Each write is a bulk request; it is there if all of its chunks are. */
function indexOf(engine: Client, dimensions: number): Store {
  return {
    write: async (name) => {
      const vector = Array.from({ length: dimensions }, () => Math.random() + 0.01);
      const lines = Array.from({ length: CHUNKS }, (_, n) => [
        { index: {} },
        { text: `${name} ${n}`, vector, tenant_id: name },
      ]);
      const { body } = await engine.bulk({ index: "kb", body: lines.flat() });
      assert.equal(body.errors, false);
    },
    read: async () => {
      const counts = new Map<string, Set<string>>();
      const { body } = await engine.search({
        index: "kb",
        body: { size: 10_000, query: { match_all: {} }, _source: ["text", "tenant_id"] },
      });
      for (const { _source } of body.hits.hits) {
        const { text, tenant_id: name } = _source as { text: string; tenant_id: string };
        counts.set(name, (counts.get(name) ?? new Set()).add(text));
      }
      return new Set([...counts].filter(([, texts]) => texts.size === CHUNKS).map(([name]) => name));
    },
  };
}
