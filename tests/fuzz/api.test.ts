/** The HTTP API's handlers on any event that API Gateway can send: success or a problem document that tells nothing of the inside. */
import assert from "node:assert/strict";
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import fc from "fast-check";
import { chatRoutes } from "../../runtime/chat/chat.ts";
import type { Problem } from "../../runtime/contract/api.ts";
import { documentRoutes } from "../../runtime/documents/documents.ts";
import { createContextCache } from "../../runtime/shared/credentials.ts";
import { httpHandler } from "../../runtime/shared/http.ts";
import { MemoryBucket } from "../runtime/support/bucket.ts";
import { granted, registryItem } from "../runtime/support/grants.ts";
import { unlimited } from "../runtime/support/budgets.ts";
import { ScriptedModel } from "../runtime/support/scripted-model.ts";
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
} from "./support/fuzz.ts";

const TOKEN = "Bearer good";
const SECRETS = /key-acme|"secret"|session-token|arn:aws|s3:\/\/(?!bulkhead-test-111122223333-acme\/acme\/)/;

/** A tenant's world in memory: what is stored, and what the model was asked. */
function world() {
  const bucket = new MemoryBucket();
  bucket.put("acme/there.md", "there");
  bucket.put("acme/there.md.metadata.json", JSON.stringify({ metadataAttributes: { tenant_id: "acme" } }));
  bucket.put("globex/secret.md", "canary-of-globex");
  const questions: string[] = [];
  const contextForToken = createContextCache(({ token }) =>
    Promise.resolve(token === "good" ? granted("acme") : { granted: false, code: "invalid-token" }),
  );
  const readRoute = () => Promise.resolve(registryItem("acme"));
  const chat = httpHandler(
    chatRoutes({
      contextForToken,
      readRoute,
      openStore: () => ({ search: () => Promise.resolve([]) }),
      searchReference: (_context, question) => {
        questions.push(question);
        return Promise.resolve([]);
      },
      models: { embed: () => Promise.resolve([1]), chat: () => new ScriptedModel([{ text: "NO_ANSWER" }]) },
      budgets: unlimited,
    }),
  );
  const documents = httpHandler(
    documentRoutes({
      contextForToken,
      readRoute,
      objects: bucket.asDocuments(),
      startIngestion: () => Promise.resolve({ id: "job-1", status: "STARTING" }),
      statesOf: () => Promise.resolve(new Map()),
    }),
  );
  return { bucket, questions, chat, documents };
}

const CHAT = { question: "How soon must a claim be acknowledged?" };
const DOCUMENT = { name: "Straße 1.md", content: "héllo\n\tworld", groups: ["regular"] };
const DEEP = [
  "[".repeat(100_000),
  "[".repeat(100_000) + "]".repeat(100_000),
  `{"question":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
  `{"name":"a.md","content":"x","groups":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`,
  '{"a":'.repeat(100_000),
];
const TEXTS = [
  "",
  "null",
  "\ufeff{}",
  "question: what",
  '{"question":"a","question":"b"}',
  '{"question":"half \\ud83d"}',
  '{"question":9007199254740993}',
  '{"name":"a.md","content":"\\u0000"}',
  "<xml/>",
  "a=b&c=d",
  "-----",
  '{"question":"' + "x".repeat(100_000) + '"}',
  '{"name":"a.md","content":"' + "x".repeat(3_000_000) + '"}',
];

const body = fc.oneof(
  { weight: 8, arbitrary: mutatedJson([CHAT, DOCUMENT]).map(jsonOf) },
  {
    weight: 3,
    arbitrary: mutatedBytes([JSON.stringify(CHAT), JSON.stringify(DOCUMENT)]).map((bytes) =>
      bytes.toString("utf8"),
    ),
  },
  { weight: 3, arbitrary: fc.constantFrom(JSON.stringify(CHAT), JSON.stringify(DOCUMENT)) },
  { weight: 2, arbitrary: hostileJson.map(jsonOf) },
  { weight: 1, arbitrary: fc.constantFrom(...TEXTS.filter(({ length }) => length < 1000)) },
);

const map = (names: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.constant(null),
    fc.array(fc.tuple(names, hostileText), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  );

/** An event as API Gateway makes it of a request; what the caller chooses is hostile. */
const events = fc.record({
  route: fc.constantFrom(
    "POST /v1/chat",
    "POST /v1/chat",
    "POST /v1/documents",
    "POST /v1/documents",
    "GET /v1/documents",
    "DELETE /v1/documents/{id}",
    "GET /v1/me",
    "PATCH /v1/me",
    "POST /v1/constructor",
  ),
  body: fc.oneof({ weight: 9, arbitrary: body }, { weight: 1, arbitrary: fc.constant(null) }),
  isBase64Encoded: fc.oneof(
    { weight: 9, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  authorization: fc.oneof(
    { weight: 9, arbitrary: fc.constant(TOKEN) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        hostileText,
        hostileText.map((text) => `Bearer ${text}`),
      ),
    },
  ),
  headers: map(
    fc.oneof(
      hostileText,
      fc.constantFrom(
        "content-type",
        "content-encoding",
        "x-tenant-id",
        "x-http-method-override",
        "Authorization",
      ),
    ),
  ),
  query: map(fc.oneof(hostileText, fc.constant("next"))),
  id: fc.oneof(
    hostileText,
    fc.constantFrom("there.md", "..%2Fglobex%2Fsecret.md", "there.md.metadata.json", ...TRAPS),
  ),
  authorizer: fc.oneof(
    { weight: 9, arbitrary: fc.constant<unknown>({ tenantId: "acme" }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<unknown>(
        null,
        undefined,
        {},
        { tenantId: "globex" },
        { tenantId: "" },
        { tenantid: "acme" },
      ),
    },
  ),
});
type Case = typeof events extends fc.Arbitrary<infer T> ? T : never;

function eventOf({
  route,
  authorization,
  headers,
  query,
  id,
  authorizer,
  ...rest
}: Case): APIGatewayProxyEvent {
  const [httpMethod = "", resource = ""] = route.split(" ");
  const all = { Authorization: authorization, ...headers };
  return {
    ...rest,
    httpMethod,
    resource,
    path: resource.replace("{id}", id),
    pathParameters: resource.includes("{id}") ? { id } : null,
    headers: all,
    multiValueHeaders: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]])),
    queryStringParameters: query,
    multiValueQueryStringParameters:
      query && Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value]])),
    requestContext: { requestId: "request-1", authorizer },
  } as unknown as APIGatewayProxyEvent;
}

const context = { getRemainingTimeInMillis: () => 5000, tenantId: "acme" } as Context;

describe(`the API's handlers, fuzzed ${SEEDED}`, function () {
  this.timeout(240_000);

  const { bucket, questions, chat, documents } = world();
  const original = console.log;
  const lines: string[] = [];
  beforeEach(() => {
    console.log = (line: string) => void lines.push(line);
  });
  afterEach(() => {
    console.log = original;
  });

  /** Sends an event to the function that serves its route. @returns the status */
  const judge = async (event: APIGatewayProxyEvent): Promise<number> => {
    lines.length = 0;
    const began = performance.now();
    const handler = event.resource.startsWith("/v1/documents") ? documents : chat;
    const { statusCode, headers = {}, body: text } = await handler(event, context);
    assert.ok(performance.now() - began < 5000, "took too long");
    // One audit line, and every line one JSON object, whatever the request held.
    const logged = lines.map((line) => JSON.parse(line) as { kind: string });
    assert.equal(logged.filter(({ kind }) => kind === "audit").length, 1);
    assert.ok(lines.every((line) => !line.includes("\n")));
    assert.doesNotMatch(text, SECRETS);
    assertTellsNothing(text);
    assert.equal(headers["x-content-type-options"], "nosniff");
    if (statusCode < 300) {
      assert.equal(headers["content-type"], "application/json");
      JSON.parse(text);
      return statusCode;
    }
    // Nothing that a caller sends is the functions' own fault.
    assert.ok(statusCode >= 400 && statusCode < 500, `${statusCode}: ${lines.join("\n").slice(0, 800)}`);
    assert.equal(headers["content-type"], "application/problem+json");
    const problem = JSON.parse(text) as Problem;
    assert.deepEqual(
      Object.keys(problem).filter(
        (name) => !["type", "title", "status", "detail", "requestId"].includes(name),
      ),
      [],
    );
    assert.match(problem.type, /^urn:bulkhead:problem:[a-z-]+$/);
    assert.equal(problem.status, statusCode);
    assert.ok(problem.title.length > 0 && problem.requestId === "request-1");
    assert.ok(text.length < 3_000, `${text.length} characters of problem`);
    if (statusCode === 400) assert.ok((problem.detail ?? "").length > 0, "a 400 says what to do");
    return statusCode;
  };

  it("answer each with success or a problem document", async () => {
    const statuses = new Map<number, number>();
    await fuzz(
      fc.asyncProperty(events, async (each) => {
        const status = await judge(eventOf(each));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (each.authorization !== TOKEN)
          assert.ok(status >= 400 || each.headers?.["Authorization"] === TOKEN);
        if ((each.authorizer as { tenantId?: string } | null | undefined)?.tenantId !== "acme")
          assert.ok(status >= 400);
      }),
    );
    for (const status of [200, 202, 400, 401, 403, 404, 405])
      assert.ok(statuses.has(status), `no case came to ${status}`);
    assert.ok((statuses.get(200) ?? 0) + (statuses.get(202) ?? 0) > RUNS / 20);
  });

  it("answer bodies nested a hundred thousand deep, huge and broken ones", async () => {
    const fixed = {
      authorization: TOKEN,
      headers: null,
      query: null,
      id: "x.md",
      authorizer: { tenantId: "acme" },
    };
    for (const text of [...DEEP, ...TEXTS])
      for (const route of ["POST /v1/chat", "POST /v1/documents"])
        for (const isBase64Encoded of [false, true]) {
          const sent = isBase64Encoded ? Buffer.from(text).toString("base64") : text;
          const status = await judge(eventOf({ ...fixed, route, body: sent, isBase64Encoded } as Case));
          const isGood = route === "POST /v1/chat" && text.startsWith('{"question":"a"');
          assert.equal(status < 300, isGood, `${route} ${text.slice(0, 60)}: ${status}`);
        }
  });

  it("have touched nothing but the tenant's own documents, by names that are names", () => {
    for (const key of bucket.entries.keys())
      assert.match(
        key,
        /^(?:acme\/[\p{L}\p{N}][\p{L}\p{M}\p{N} ._()-]*\.(?:md|txt)(?:\.metadata\.json)?|globex\/secret\.md)$/u,
      );
    assert.equal(bucket.text("globex/secret.md"), "canary-of-globex");
    // What reached the model is text without control characters, of the length that is allowed.
    for (const question of questions) {
      assert.ok(question.length <= 2000 && question.trim() !== "" && question.isWellFormed());
      assert.doesNotMatch(question, /[\p{Cc}--[\n\r\t]]/v);
    }
    assert.ok(questions.length > 0 && bucket.entries.has("acme/Straße 1.md"));
  });
});
