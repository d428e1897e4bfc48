/** Every API of the embedded account, called with mutations of what its clients send: an answer of the API's own, always. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { PATHS, type Reply, type Session } from "../../local/gateway/contract.ts";
import { compile } from "../../local/gateway/search/query.ts";
import { SearchError } from "../../local/gateway/search/errors.ts";
import { matches } from "../../local/gateway/search/path.ts";
import { parseJson } from "../../local/gateway/json.ts";
import { compileWildcard } from "../../policies/isolation/evaluate/wildcard.ts";
import { parsePolicy } from "../../policies/isolation/index.ts";
import { PolicyError } from "../../policies/isolation/errors.ts";
import { deployDomain, INDEX_DEFINITION } from "../local/gateway/domain-account.ts";
import { deployTenant, names } from "../local/gateway/knowledge-account.ts";
import { roleArn, startTestGateway, type TestGateway } from "../local/gateway/support.ts";
import {
  assertTellsNothing,
  fuzz,
  hostileJson,
  hostileText,
  jsonOf,
  mutatedBytes,
  mutatedJson,
  RUNS,
  SEEDED,
  TRAPS,
  within,
} from "./support/fuzz.ts";

interface Sample {
  readonly service: string;
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, lines of JSON, or bytes as they are. */
  readonly json?: unknown;
  readonly lines?: readonly unknown[];
  readonly text?: string;
}

const POOL = "us-east-1_Abc123xyz";
const json = (type: string, target: string) => ({ "content-type": type, "x-amz-target": target });
const dynamo = (operation: string, body: object): Sample => ({
  ...{ service: "dynamodb", method: "POST", rawPath: "/" },
  headers: json("application/x-amz-json-1.0", `DynamoDB_20120810.${operation}`),
  json: body,
});
const sqs = (operation: string, body: object): Sample => ({
  ...{ service: "sqs", method: "POST", rawPath: "/" },
  headers: json("application/x-amz-json-1.0", `AmazonSQS.${operation}`),
  json: { QueueUrl: "https://sqs.us-east-1.amazonaws.com/111122223333/q", ...body },
});
const cognito = (operation: string, body: object): Sample => ({
  ...{ service: "cognito-idp", method: "POST", rawPath: "/" },
  headers: json("application/x-amz-json-1.1", `AWSCognitoIdentityProviderService.${operation}`),
  json: body,
});
const form = (text: string): Sample => ({
  ...{ service: "sts", method: "POST", rawPath: "/", text },
  headers: { "content-type": "application/x-www-form-urlencoded" },
});
const es = (method: string, path: string, body: Pick<Sample, "json" | "lines">): Sample => ({
  ...{ service: "es", method, rawPath: `${PATHS.domain("pool")}/${path}`, ...body },
});
const aoss = (method: string, path: string, body: Pick<Sample, "json" | "lines">): Sample => ({
  ...{ service: "aoss", method, rawPath: `${PATHS.collection(names("acme").collectionId)}/${path}`, ...body },
});
const bedrock = (path: string, body: unknown): Sample => ({
  service: "bedrock",
  method: "POST",
  rawPath: path,
  json: body,
});

const QUERY = {
  size: 4,
  _source: { includes: ["text", "a*b*"], excludes: ["vector"] },
  query: {
    bool: {
      must: [
        { match: { text: { query: "what is it", operator: "or" } } },
        { knn: { vector: { vector: [1, 2, 3, 4], k: 3 } } },
      ],
      filter: [
        { term: { tenant_id: "acme" } },
        { terms: { groups: ["regular"] } },
        { bool: { must_not: { exists: { field: "groups" } } } },
      ],
      should: { match_all: {} },
      minimum_should_match: 0,
    },
  },
};
const BULK = [{ index: { _id: "1" } }, { text: "a", tenant_id: "acme" }, { delete: { _id: "1" } }];

const SAMPLES: readonly Sample[] = [
  {
    service: "s3",
    method: "PUT",
    rawPath: "/bucket/acme/a%20b.md",
    headers: { "content-type": "text/plain", "x-amz-meta-a": "b", "if-none-match": "*" },
    text: "text",
  },
  {
    service: "s3",
    method: "GET",
    rawPath: "/bucket/acme/there.md",
    headers: { range: "bytes=0-3", "if-match": '"x"' },
  },
  { service: "s3", method: "GET", rawPath: "/bucket/acme/there.md", headers: { range: "bytes=-5" } },
  { service: "s3", method: "HEAD", rawPath: "/bucket/acme/there.md", rawQuery: "versionId=null" },
  { service: "s3", method: "DELETE", rawPath: "/bucket/acme/none.md" },
  {
    service: "s3",
    method: "GET",
    rawPath: "/bucket",
    rawQuery: "list-type=2&prefix=acme%2F&delimiter=%2F&max-keys=5&continuation-token=YQ&encoding-type=url",
  },
  {
    service: "s3",
    method: "GET",
    rawPath: "/bucket",
    rawQuery: "versions&prefix=a&key-marker=a&version-id-marker=b",
  },
  form("Action=GetCallerIdentity&Version=2011-06-15"),
  form(
    `Action=AssumeRole&Version=2011-06-15&RoleArn=${encodeURIComponent(roleArn("all"))}&RoleSessionName=s&DurationSeconds=900&Tags.member.1.Key=tenant_id&Tags.member.1.Value=acme`,
  ),
  dynamo("GetItem", { TableName: "table", Key: { id: { S: "a" } } }),
  dynamo("PutItem", {
    TableName: "table",
    Item: { id: { S: "a" }, n: { N: "1" }, m: { M: { l: { L: [{ BOOL: true }] } } } },
  }),
  dynamo("Query", {
    TableName: "table",
    KeyConditionExpression: "id = :a",
    ExpressionAttributeValues: { ":a": { S: "a" } },
  }),
  dynamo("UpdateItem", {
    TableName: "table",
    Key: { id: { S: "a" } },
    UpdateExpression: "SET n = :n",
    ExpressionAttributeValues: { ":n": { N: "2" } },
  }),
  sqs("SendMessage", {
    MessageBody: "b",
    MessageAttributes: { a: { DataType: "String", StringValue: "x" } },
  }),
  sqs("ReceiveMessage", { MaxNumberOfMessages: 1, WaitTimeSeconds: 0, MessageAttributeNames: ["a.*"] }),
  sqs("GetQueueAttributes", { AttributeNames: ["All"] }),
  cognito("AdminCreateUser", {
    UserPoolId: POOL,
    Username: "u",
    UserAttributes: [{ Name: "email", Value: "a@b.example" }],
  }),
  cognito("AdminGetUser", { UserPoolId: POOL, Username: "u" }),
  cognito("ListUsers", { UserPoolId: POOL, Limit: 5, Filter: 'username = "u"' }),
  cognito("InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    ClientId: "client",
    AuthParameters: { USERNAME: "u", PASSWORD: "p" },
  }),
  {
    service: "lambda",
    method: "POST",
    rawPath: "/2015-03-31/functions/none/invocations",
    headers: { "x-amz-invocation-type": "Event" },
    json: { a: 1 },
  },
  bedrock("/model/amazon.titan-embed-text-v2%3A0/invoke", {
    inputText: "text",
    dimensions: 256,
    normalize: true,
  }),
  bedrock("/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse", {
    messages: [{ role: "user", content: [{ text: "<question>What?</question>" }] }],
    system: [{ text: "s" }],
  }),
  bedrock("/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse-stream", {
    messages: [{ role: "user", content: [{ text: "a" }] }],
  }),
  bedrock(`/knowledgebases/${names("acme").knowledgeBaseId}/retrieve`, {
    retrievalQuery: { text: "what" },
    retrievalConfiguration: { vectorSearchConfiguration: { numberOfResults: 3 } },
  }),
  aoss("PUT", "kb", { json: INDEX_DEFINITION }),
  aoss("POST", "kb/_search", { json: QUERY }),
  aoss("POST", "kb/_bulk", { lines: BULK }),
  es("PUT", "kb.x.1", { json: INDEX_DEFINITION }),
  es("POST", "kb.acme.1/_search", { json: QUERY }),
  es("POST", "kb.acme.1/_bulk", { lines: BULK }),
  es("POST", "kb.acme.1/_msearch", {
    lines: [{}, QUERY, { index: "kb.acme.1" }, { query: { match_all: {} } }],
  }),
  es("POST", "kb.acme.1/_mget", { json: { docs: [{ _id: "1" }], ids: ["1"] } }),
  es("POST", "_aliases", { json: { actions: [{ add: { index: "kb.acme.1", alias: "kb.acme" } }] } }),
  es("PUT", "_plugins/_security/api/roles/tenant", {
    json: {
      cluster_permissions: ["indices:data/read/msearch"],
      index_permissions: [
        { index_patterns: ["kb.acme"], dls: '{"term":{"tenant_id":"acme"}}', allowed_actions: ["read"] },
      ],
    },
  }),
  es("PUT", "_plugins/_security/api/rolesmapping/tenant", { json: { backend_roles: [roleArn("all")] } }),
  {
    service: "aoss",
    method: "POST",
    rawPath: "/",
    headers: json("application/x-amz-json-1.0", "OpenSearchServerless.BatchGetCollection"),
    json: { names: ["dev-acme"] },
  },
  { service: "es", method: "GET", rawPath: "/2021-01-01/opensearch/domain/pool" },
];

const lineOf = (value: unknown): string => `${jsonOf(value)}\n`;
const bodyOf = ({ json: value, lines, text }: Sample): Buffer =>
  Buffer.from(
    text ?? (lines ? lines.map(lineOf).join("") : value === undefined ? "" : JSON.stringify(value)),
  );

/** JSON that is hostile as text: names twice, deep, cut short. */
const WORST = ['{"query":', "[", '{"query":{"bool":{"must":', '{"a":', '[{"a":'].map((unit) =>
  Buffer.from(unit.repeat(20_000)),
);
const closed = Buffer.from("[".repeat(5000) + "]".repeat(5000));
const deepQuery = Buffer.from(
  `{"query":${'{"bool":{"must":'.repeat(400)}{"match_all":{}}${"}}".repeat(400)}}`,
);

function bodies(sample: Sample): fc.Arbitrary<Buffer> {
  const own = bodyOf(sample);
  const structured =
    sample.lines !== undefined
      ? mutatedJson([sample.lines]).map((value) =>
          Buffer.from(Array.isArray(value) ? value.map(lineOf).join("") : lineOf(value)),
        )
      : sample.json !== undefined
        ? mutatedJson([sample.json]).map((value) => Buffer.from(lineOf(value)))
        : mutatedBytes([own]);
  return fc.oneof(
    { weight: 12, arbitrary: structured },
    { weight: 4, arbitrary: mutatedBytes([own]) },
    { weight: 3, arbitrary: fc.constant(own) },
    { weight: 1, arbitrary: hostileJson.map((value) => Buffer.from(lineOf(value))) },
  );
}

/** The value with one part in turn replaced by something of another type. */
function everyReplacement(value: unknown): unknown[] {
  // The last ones throw where they are made a text or a number of.
  const unfit = { toString: 1, valueOf: 1 };
  const here: unknown[] = [null, [], {}, "", -1, true, [null], { a: null }, unfit, [unfit]];
  if (Array.isArray(value))
    return [
      ...here,
      ...value.flatMap((part, at) =>
        everyReplacement(part).map((other) => (value as unknown[]).with(at, other)),
      ),
    ];
  if (typeof value === "object" && value !== null)
    return [
      ...here,
      ...Object.entries(value).flatMap(([name, part]) =>
        [undefined, ...everyReplacement(part)].map((other) => ({ ...value, [name]: other })),
      ),
    ];
  return here;
}

const encoded = hostileText.map((text) => encodeURIComponent(text.toWellFormed()));
const mutatedText = (text: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(text) },
    {
      weight: 1,
      arbitrary: mutatedBytes([text]).map((bytes) => bytes.toString("latin1").replaceAll(/[\s?#\0]/g, "x")),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.nat(8), encoded).map(([at, part]) =>
        text
          .split("/")
          .toSpliced(1 + at, 1, part)
          .join("/"),
      ),
    },
  );

const requests = fc.constantFrom(...SAMPLES).chain((sample) =>
  fc.record({
    service: fc.constant(sample.service),
    method: fc.oneof(
      { weight: 9, arbitrary: fc.constant(sample.method) },
      { weight: 1, arbitrary: fc.constantFrom("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD") },
    ),
    rawPath: mutatedText(sample.rawPath).map((path) => (path.startsWith("/") ? path : `/${path}`)),
    rawQuery: fc.oneof(
      { weight: 3, arbitrary: mutatedText(sample.rawQuery ?? "") },
      {
        weight: 1,
        arbitrary: fc
          .tuple(encoded, encoded)
          .map(([name, value]) => `${sample.rawQuery ?? ""}&${name}=${value}`),
      },
    ),
    headers: fc.oneof(
      { weight: 3, arbitrary: fc.constant<Record<string, string>>({ ...sample.headers }) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(
            fc.constantFrom(
              ...Object.keys(sample.headers ?? { range: "" }),
              "content-type",
              "range",
              "x-amz-target",
            ),
            hostileText,
            fc.boolean(),
          )
          .map(([name, value, add]) => ({
            ...sample.headers,
            [name]: (add ? (sample.headers?.[name] ?? "") : "") + value,
          })),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(...TRAPS).map((trap) => {
          const target = sample.headers?.["x-amz-target"];
          return {
            ...sample.headers,
            ...(target !== undefined && { "x-amz-target": target.replace(/[^.]*$/, trap) }),
          };
        }),
      },
    ),
    body: bodies(sample),
  }),
);

describe(`the gateway's APIs, fuzzed ${SEEDED}`, function () {
  this.timeout(240_000);

  let test: TestGateway;
  let session: Session;
  let admin: Session;
  before(async () => {
    const everything = [{ Effect: "Allow", Action: "*", Resource: "*" }] as const;
    test = await startTestGateway((deployment) => {
      deployment.role("all", { policy: everything });
      deployment.role("search-admin", { policy: everything });
      deployment.bucket("bucket");
      deployment.queue("q");
      deployTenant(deployment, "acme");
      deployDomain(deployment, "pool");
      deployment.put("aws:cognito/userPool:UserPool", POOL, {
        arn: `arn:aws:cognito-idp:us-east-1:111122223333:userpool/${POOL}`,
      });
      deployment.put("aws:cognito/userPoolClient:UserPoolClient", "client", {
        userPoolId: POOL,
        explicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
      });
    });
    session = test.gateway.issueSession(roleArn("all"), "fuzz");
    admin = test.gateway.issueSession(roleArn("search-admin"), "fuzz");
    await test.createTable("table", "id");
    await call({
      service: "s3",
      method: "PUT",
      rawPath: "/bucket/acme/there.md",
      rawQuery: "",
      headers: {},
      body: Buffer.from("there it is"),
    });
    await call({
      service: "es",
      method: "PUT",
      rawPath: `${PATHS.domain("pool")}/kb.acme.1`,
      rawQuery: "",
      headers: {},
      body: Buffer.from(JSON.stringify(INDEX_DEFINITION)),
    });
  });
  after(() => test.stop());

  type Request = Pick<
    Parameters<TestGateway["gateway"]["call"]>[0],
    "service" | "method" | "rawPath" | "body"
  > & {
    readonly rawQuery: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  const call = (request: Request): Promise<Reply> =>
    test.gateway.call({ ...request, session: request.service === "es" ? admin : session });

  const judge = async (request: Request): Promise<number> => {
    const began = performance.now();
    const { status, headers = {}, body = "" } = await call(request);
    assert.ok(performance.now() - began < 10_000, "took too long");
    assert.ok(status >= 200 && status < 600);
    const text = body.toString("latin1");
    assert.ok(!text.includes("InternalFailure"), text);
    assert.ok(
      !text.includes(session.secretAccessKey) && !text.includes(admin.secretAccessKey),
      "tells a secret",
    );
    if (status >= 400) {
      assertTellsNothing(text);
      const type = headers["content-type"] ?? "";
      if (type.includes("json") && text !== "") JSON.parse(body.toString());
    }
    return status;
  };

  it("serves every sample as it is, so that mutations start from what works", async () => {
    for (const sample of SAMPLES) {
      const status = await judge({ rawQuery: "", headers: {}, ...sample, body: bodyOf(sample) });
      assert.ok(status < 500, `${sample.service} ${sample.method} ${sample.rawPath}: ${status}`);
    }
  });

  it("answers each mutation in its own words", async () => {
    const statuses = new Map<number, number>();
    await fuzz(
      fc.asyncProperty(requests, async (request) => {
        const status = await judge(request);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
    );
    const good = [...statuses].filter(([status]) => status < 300).reduce((sum, [, count]) => sum + count, 0);
    assert.ok(good > RUNS / 20, `only ${good} of ${RUNS} were served: ${JSON.stringify([...statuses])}`);
  });

  it("answers bodies nested deeply, everywhere that takes one", async () => {
    for (const sample of SAMPLES) {
      for (const body of [
        ...WORST,
        closed,
        deepQuery,
        Buffer.from("\ufeff{}"),
        Buffer.from('{"a":1,"a":2}'),
        Buffer.from([0xff, 0xfe]),
      ])
        await judge({ rawQuery: "", headers: {}, ...sample, body });
    }
  });

  it("answers each sample with each of its parts in turn of another type, or missing", async () => {
    for (const sample of SAMPLES) {
      if (sample.json === undefined && sample.lines === undefined) continue;
      for (const value of everyReplacement(sample.json ?? sample.lines)) {
        const text =
          sample.lines === undefined
            ? lineOf(value)
            : (Array.isArray(value) ? value : [value]).map(lineOf).join("");
        await judge({ rawQuery: "", headers: {}, ...sample, body: Buffer.from(text) });
      }
    }
  });

  it("has noted no failure of its own, and still serves", async () => {
    const log = join(test.account.folder, "gateway.log");
    assert.ok(!existsSync(log), existsSync(log) ? readFileSync(log, "utf8").slice(0, 3000) : "");
    const reply = await call({
      service: "s3",
      method: "GET",
      rawPath: "/bucket/acme/there.md",
      rawQuery: "",
      headers: {},
      body: Buffer.alloc(0),
    });
    assert.ok([200, 404].includes(reply.status));
  });
});

describe(`queries, patterns and policies, fuzzed ${SEEDED}`, function () {
  this.timeout(240_000);

  it("a query is compiled or refused by name", () => {
    const empty = { mapping: { fields: new Map() } as never, documents: new Map() };
    fuzz(
      fc.property(
        mutatedJson([QUERY.query, ...QUERY.query.bool.must, ...QUERY.query.bool.filter]),
        (query) => {
          try {
            assert.equal(typeof within(() => compile(query, empty)), "function");
          } catch (error) {
            assert.ok(error instanceof SearchError, String(error));
            assert.equal(error.status, 400);
          }
        },
      ),
    );
  });

  const pattern = fc
    .array(fc.constantFrom("*", "*", "a", "b", "ab", "/", ":", "é", "😀", "?", "."), { maxLength: 14 })
    .map((parts) => parts.join(""));
  const subject = fc
    .array(fc.constantFrom("a", "b", "/", ":", "é", "😀", "\n", "*", "?", "."), { maxLength: 14 })
    .map((parts) => parts.join(""));
  /** The meaning, in the slowest and plainest way: which places of the text can be reached. */
  const plain = (expression: string, text: string, single: boolean): boolean => {
    const characters = Array.from(text);
    let reached = new Set([0]);
    for (const token of Array.from(expression)) {
      const next = new Set<number>();
      for (const at of reached) {
        if (token === "*") for (let to = at; to <= characters.length; to++) next.add(to);
        else if (at < characters.length && ((single && token === "?") || characters[at] === token))
          next.add(at + 1);
      }
      reached = next;
    }
    return reached.has(characters.length);
  };

  it("a wildcard means what it says, in IAM (`*`, `?`) and in the search engine (`*`)", () => {
    fuzz(
      fc.property(pattern, subject, (expression, text) => {
        assert.equal(compileWildcard(expression)(text), plain(expression, text, true));
        assert.equal(matches(expression, text), plain(expression, text, false));
      }),
    );
  });

  it("a wildcard of many stars takes no longer than a short one", () => {
    for (const unit of ["*a", "a*", "*?", "?*", "*ab*", "*"]) {
      const expression = `${unit.repeat(2000)}b`;
      const text = "a".repeat(20_000);
      within(() => compileWildcard(expression)(text), unit);
      within(() => matches(expression, text), unit);
    }
  });

  const POLICY = {
    Version: "2012-10-17",
    Id: "p",
    Statement: [
      {
        Sid: "A",
        Effect: "Allow",
        Principal: { AWS: ["arn:aws:iam::111122223333:root"], Service: "s3.amazonaws.com" },
        Action: ["s3:Get*"],
        Resource: "arn:aws:s3:::b/${aws:PrincipalTag/tenant_id, 'x'}/*",
        Condition: {
          "ForAllValues:StringLikeIfExists": { "aws:TagKeys": ["a*"] },
          Bool: { "aws:SecureTransport": "true" },
          IpAddress: { "aws:SourceIp": "10.0.0.0/8" },
        },
      },
      {
        Effect: "Deny",
        NotPrincipal: { AWS: "*" },
        NotAction: "s3:*",
        NotResource: ["*"],
        Condition: {
          Null: { "aws:PrincipalTag/a": "false" },
          DateLessThan: { "aws:CurrentTime": "2026-01-01T00:00:00Z" },
          NumericLessThan: { "s3:max-keys": "10" },
        },
      },
    ],
  };

  it("a policy document is read or refused by place, as text and as an object", () => {
    let read = 0;
    fuzz(
      fc.property(
        fc.oneof(
          mutatedJson([POLICY]).map(jsonOf),
          mutatedBytes([JSON.stringify(POLICY)]).map((bytes) => bytes.toString("utf8")),
        ),
        (text) => {
          try {
            const policy = within(() => parsePolicy(text));
            // The same meaning when written and read again.
            assert.deepEqual(parsePolicy(JSON.stringify(policy)), policy);
            read += 1;
          } catch (error) {
            assert.ok(error instanceof PolicyError, String(error instanceof Error ? error.stack : error));
            assert.ok(error.place.length > 0);
          }
        },
      ),
    );
    assert.ok(read > RUNS / 50, `${read} were read`);
  });

  it("a policy document nested deeply is refused", () => {
    for (const text of [
      ...WORST.map(String),
      closed.toString(),
      `{"Statement":${closed.toString()}}`,
      `{"Statement":{"Condition":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}}`,
    ])
      assert.throws(() => within(() => parsePolicy(text)), PolicyError);
  });

  it("JSON is what JSON.parse says, up to a thousand levels", () => {
    fuzz(
      fc.property(fc.oneof(hostileJson.map(jsonOf), hostileText), (text) => {
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          assert.throws(() => parseJson(text), SyntaxError);
          return;
        }
        assert.deepEqual(parseJson(text), expected);
      }),
    );
    const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
    parseJson(nested(1000));
    assert.throws(() => parseJson(nested(1001)), SyntaxError);
    parseJson(JSON.stringify("[".repeat(5000) + '\\"'));
  });
});
