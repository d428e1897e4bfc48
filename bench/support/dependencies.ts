import { randomUUID } from "node:crypto";
import { CHUNK_FIELDS, TENANT_TAG } from "../../runtime/contract/names.ts";
import { SOURCE_URI_FIELD } from "../../runtime/shared/store.ts";
import { ENVIRONMENT, USER_POOL } from "./bundles.ts";
import { registryAnswer } from "./registry.ts";
import { serve, type Answer, type Asked, type Served } from "./serve.ts";

/** A call of a model or of a search, from its arrival to the end of its answer. Nanoseconds of the machine's clock. */
export interface Busy {
  readonly from: bigint;
  readonly to: bigint;
}

export interface Dependencies extends Served {
  /** In the order in which they ended. */
  readonly busy: readonly Busy[];
}

/** Tenants with the tier of each. */
export const TENANTS = { acme: "silo", "cobalt-marine": "pool" } as const;
export type BenchTenant = keyof typeof TENANTS;

/** A chunk has about 300 tokens. */
const PASSAGE = "The deductible of a policy is what its holder pays before the insurer does. ".repeat(16);
const HITS = 16;
const PASSAGES = 4;

/** AWS's side of a chat request, answering at once and always the same: what is left of a request's time is ours. */
export async function serveDependencies(keySet: string): Promise<Dependencies> {
  const busy: Busy[] = [];
  const store = { origin: "" };
  const served = await serve(
    (asked) => answer(asked, keySet, store.origin),
    ({ path }, from, to) => {
      if (isModelOrSearch(path)) busy.push({ from, to });
    },
  );
  store.origin = served.origin;
  return { ...served, busy };
}

const embedding = JSON.stringify({
  embedding: Array.from(
    { length: Number(ENVIRONMENT["EMBEDDING_DIMENSIONS"]) },
    (_, i) => Math.sin(i) / 22.6,
  ),
  inputTextTokenCount: 12,
});
const reply = JSON.stringify({
  output: {
    message: { role: "assistant", content: [{ text: "The deductible is $500 [1], as everywhere [5]." }] },
  },
  stopReason: "end_turn",
  usage: { inputTokens: 2400, outputTokens: 14, totalTokens: 2414 },
  metrics: { latencyMs: 1 },
});
const reference = JSON.stringify({
  retrievalResults: Array.from({ length: PASSAGES }, (_, i) => ({
    content: { type: "TEXT", text: PASSAGE },
    location: { type: "S3", s3Location: { uri: `s3://bulkhead-bench-reference/shared/${i}.md` } },
    score: 1 / (i + 1),
  })),
});

function answer(asked: Asked, keySet: string, origin: string): Answer {
  const { path, headers, body } = asked;
  if (path.endsWith("/invoke")) return { body: embedding };
  if (path.endsWith("/converse")) return { body: reply };
  if (path.endsWith("/retrieve")) return { body: reference };
  if (path.endsWith("/_search")) return { body: hits(path) };
  if (path.startsWith(`/${USER_POOL}/`)) return { body: keySet };
  if (headers["x-amz-target"] === "DynamoDB_20120810.GetItem") {
    const { Key } = JSON.parse(body) as { Key: { tenant_id: { S: BenchTenant } } };
    const tenant = Key.tenant_id.S;
    return { body: registryAnswer(tenant, TENANTS[tenant], `${origin}/_store/${tenant}`) };
  }
  if (headers["x-amz-target"] === "DynamoDB_20120810.UpdateItem") return { body: "{}" };
  if (body.includes("Action=AssumeRole")) return { body: assumed(), type: "text/xml" };
  throw new Error(`nothing answers ${asked.method} ${path}`);
}

function isModelOrSearch(path: string): boolean {
  return /\/(invoke|converse|retrieve|_search)$/.test(path);
}

const answers = new Map<string, string>();

/** What a tenant's store finds. @param path `/_store/<tenant>/<index>/_search` */
function hits(path: string): string {
  const tenant = path.split("/")[2] ?? "";
  const known = answers.get(tenant);
  if (known !== undefined) return known;
  const found = Array.from({ length: HITS }, (_, i) => ({
    _index: "kb",
    _id: `chunk-${i}`,
    _score: 1 / (i + 1),
    _source: {
      [CHUNK_FIELDS.text]: PASSAGE,
      [SOURCE_URI_FIELD]: `s3://bulkhead-bench-111122223333-${tenant}/${tenant}/handbook-${i}.md`,
      [TENANT_TAG]: tenant,
    },
  }));
  const text = JSON.stringify({
    took: 1,
    timed_out: false,
    _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
    hits: { total: { value: HITS, relation: "eq" }, max_score: 1, hits: found },
  });
  answers.set(tenant, text);
  return text;
}

function assumed(): string {
  const expiration = new Date(Date.now() + 3_600_000).toISOString();
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIABENCHSESSION</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>session</SessionToken>
<Expiration>${expiration}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROABENCH:s</AssumedRoleId>
<Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn></AssumedRoleUser></AssumeRoleResult>
<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></AssumeRoleResponse>`;
}
