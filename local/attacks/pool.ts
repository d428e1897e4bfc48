import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { OPERATOR } from "../account/identity.ts";
import { tryAws, type Attack, type Outcome } from "./attack.ts";
import { signedRequest, type RawRequest } from "./signed-request.ts";
import type { Party, Stage } from "./stage.ts";

/** A request on the shared domain: `own` and `other` are the aliases of attacker and victim. */
type Ask = (own: string, other: string) => RawRequest;

const EVERYTHING = JSON.stringify({ size: 50, query: { match_all: {} } });
const lines = (...objects: readonly object[]): string =>
  objects.map((line) => `${JSON.stringify(line)}\n`).join("");
const search = (path: string): RawRequest => ({ method: "POST", path, body: EVERYTHING });
const NDJSON = "application/x-ndjson";

/** What a compromised ingest session could try: IAM lets it write to its own alias, and does not see the bodies. */
const ENGINE_WAYS: readonly (readonly [name: string, ask: Ask])[] = [
  [
    "by a _bulk body of an ingest session",
    (own, other) => ({
      method: "PUT",
      path: `/${own}/_bulk`,
      body: lines({ index: { _index: other, _id: "planted" } }, { text: "planted" }),
      contentType: NDJSON,
    }),
  ],
  [
    "by a _bulk deletion of an ingest session",
    (own, other) => ({
      method: "PUT",
      path: `/${own}/_bulk`,
      body: lines({ delete: { _index: `${other}.1`, _id: "1" } }),
      contentType: NDJSON,
    }),
  ],
  [
    "by a terms lookup in a query",
    (own, other) => ({
      method: "POST",
      path: `/${own}/_search`,
      body: JSON.stringify({ query: { terms: { text: { index: other, id: "1", path: "text" } } } }),
    }),
  ],
];

/** Every way a request to the domain can name another tenant's index. */
const WAYS: readonly (readonly [name: string, ask: Ask])[] = [
  ["by path", (_own, other) => search(`/${other}/_search`)],
  ["by the name of the index behind the alias", (_own, other) => search(`/${other}.1/_search`)],
  ["by a wildcard", (own) => search(`/${own}*/_search`)],
  ["by a wildcard over all", () => search("/kb.*/_search")],
  ["by no name, which means all", () => search("/_search")],
  ["by _all", () => search("/_all/_search")],
  ["by a comma list", (own, other) => search(`/${own},${other}/_search`)],
  ["by an encoded comma list", (own, other) => search(`/${own}%2C${other}/_search`)],
  ["by a doubly encoded comma list", (own, other) => search(`/${own}%252C${other}/_search`)],
  ["by `..`", (own, other) => search(`/${own}/../${other}/_search`)],
  ["by an encoded `..`", (own, other) => search(`/${own}/%2e%2e/${other}/_search`)],
  ["by an encoded slash", (own, other) => search(`/${own}%2F..%2F${other}/_search`)],
  ["by an encoded letter", (_own, other) => search(`/%6b${other.slice(1)}/_search`)],
  ["by GET", (_own, other) => ({ method: "GET", path: `/${other}/_search` })],
  [
    "by an _msearch body",
    (own, other) => ({
      method: "POST",
      path: `/${own}/_msearch`,
      body: lines({ index: other }, { query: { match_all: {} } }),
      contentType: NDJSON,
    }),
  ],
  [
    "by an _mget body",
    (own, other) => ({
      method: "POST",
      path: `/${own}/_mget`,
      body: JSON.stringify({ docs: [{ _index: other, _id: "1" }] }),
    }),
  ],
  [
    "by a _bulk body",
    (own, other) => ({
      method: "POST",
      path: `/${own}/_bulk`,
      body: lines({ index: { _index: other, _id: "planted" } }, { text: "planted" }),
      contentType: NDJSON,
    }),
  ],
  [
    "by an alias onto it",
    (own, other) => ({
      method: "POST",
      path: "/_aliases",
      body: JSON.stringify({ actions: [{ add: { index: `${other}.1`, alias: own } }] }),
    }),
  ],
  [
    "by a role of its own making",
    () => ({
      method: "PUT",
      path: "/_plugins/_security/api/roles/all",
      body: JSON.stringify({ index_permissions: [{ index_patterns: ["*"], allowed_actions: ["*"] }] }),
    }),
  ],
];

/** A pool tenant's genuine credentials on another one's index, and events that claim to be another bucket's. */
export const POOL_ATTACKS: readonly Attack<Stage>[] = [
  ...WAYS.map(([way, ask]): Attack<Stage> => ({
    name: `another pool tenant's index, ${way}`,
    layer: "resources",
    attempt: (stage) => onDomain(stage, ask, stage.victim),
    control: (stage) => onDomain(stage, (own) => search(`/${own}/_search`), stage.attacker),
  })),
  ...ENGINE_WAYS.map(([way, ask]): Attack<Stage> => ({
    name: `another pool tenant's index, ${way}`,
    layer: "resources",
    engineOnly: true,
    attempt: (stage) => onDomain(stage, ask, stage.victim, ingestSession(stage)),
    control: (stage) =>
      onDomain(stage, (own) => search(`/${own}/_search`), stage.attacker, ingestSession(stage)),
  })),
  {
    name: "an event for the ingest function, by a tenant",
    layer: "resources",
    attempt: async (stage) => {
      const config = await stage.asTenant(stage.attacker);
      return tryAws(stage.gateway, () => ingest(stage, config, stage.names(stage.victim.id).bucket));
    },
    control: (stage) =>
      tryAws(stage.gateway, () => ingest(stage, stage.asRole(OPERATOR), stage.names(stage.victim.id).bucket)),
  },
  {
    name: "an event of a forged bucket",
    layer: "identity and routing",
    attempt: (stage) => forgedEvent(stage, `stranger-${stage.names(stage.victim.id).bucket}`),
    control: (stage) => forgedEvent(stage, stage.names(stage.victim.id).bucket),
  },
];

/** A session of the attacker's ingest role, as a compromised ingest function has it. */
function ingestSession(stage: Stage): ReturnType<Stage["asRole"]> {
  const { id } = stage.attacker;
  return stage.asRole(stage.names(id).ingestRoleArn, { tenant_id: id });
}

/**
 * What the attacker's credentials see of `seen`'s documents: its canary word in an answer; or, where nothing is read, whether
 * anything was done.
 */
async function onDomain(
  stage: Stage,
  ask: Ask,
  seen: Party,
  session?: ReturnType<Stage["asRole"]>,
): Promise<Outcome> {
  const { store } = await stage.registryItem(stage.attacker.id);
  const { pathname, origin } = new URL(store.endpoint);
  const request = ask(stage.names(stage.attacker.id).poolAlias, stage.names(stage.victim.id).poolAlias);
  const config = session ?? (await stage.asTenant(stage.attacker));
  const before = new Set(stage.gateway.decisions());
  const answer = await signedRequest(origin, "es", config, {
    ...request,
    path: pathname.replace(/\/$/, "") + request.path,
  });
  const reached =
    answer.status < 300 &&
    (answer.body.toLowerCase().includes(seen.canary) ||
      (request.method !== "GET" &&
        !request.path.includes("_search") &&
        !/"error"|"status":4\d\d/.test(answer.body)));
  if (reached) return { outcome: "allowed" };
  // Anything else (a bad signature, an index that is not there, an empty answer) is no refusal.
  const isRefusal =
    answer.status === 403 ||
    answer.status === 400 ||
    (answer.status < 300 && /"status":403/.test(answer.body));
  if (!isRefusal) throw new Error(`the domain answered ${answer.status}: ${answer.body.slice(0, 200)}`);
  const refusal = stage.gateway
    .decisions()
    .findLast((decision) => !decision.allowed && !before.has(decision));
  return {
    outcome: "refused",
    by: refusal?.detail ?? `the domain: ${answer.status} ${reasonOf(answer.body)}`,
  };
}

/** The reason that an error's body gives, in OpenSearch's words or in AWS's. */
function reasonOf(body: string): string {
  const quoted = /"(?:reason|message)"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(body)?.[1];
  return quoted === undefined ? body.slice(0, 120) : (JSON.parse(quoted) as string);
}

async function forgedEvent(stage: Stage, bucket: string): Promise<Outcome> {
  const { FunctionError, Payload } = await ingest(stage, stage.asRole(OPERATOR), bucket);
  const text = Buffer.from(Payload ?? []).toString("utf8");
  if (FunctionError !== undefined)
    return { outcome: "refused", by: `the ingest function: ${text.slice(0, 200)}` };
  const { refusals } = JSON.parse(text) as { readonly refusals: readonly { readonly refused: string }[] };
  const [refusal] = refusals;
  return refusal
    ? { outcome: "refused", by: `the ingest function: ${refusal.refused}` }
    : { outcome: "allowed" };
}

function ingest(stage: Stage, config: ReturnType<Stage["asRole"]>, bucket: string) {
  const event = {
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        awsRegion: config.region,
        eventTime: new Date().toISOString(),
        eventName: "ObjectCreated:Put",
        s3: {
          bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
          object: { key: stage.victim.objectKey, size: 1, eTag: "0", sequencer: "0" },
        },
      },
    ],
  };
  return new LambdaClient(config).send(
    new InvokeCommand({
      FunctionName: stage.platform.functionName("ingest"),
      Payload: Buffer.from(JSON.stringify(event)),
    }),
  );
}
