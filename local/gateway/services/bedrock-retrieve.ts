/** bedrock-agent-runtime: Retrieve. The caller needs `bedrock:Retrieve`; the store is read with the knowledge base's own role. */
import type { Call, Gateway, Reply } from "../contract.ts";
import { filterQuery } from "./bedrock-filter.ts";
import { invalid, only, readJson, reply, textOf } from "./bedrock-json.ts";
import { authorizeKnowledgeBase, readKnowledgeBase, type KnowledgeBase } from "./bedrock-records.ts";
import { CHUNK_ID, knowledgeBaseSession, SOURCE_URI, VectorStore, type Hit } from "./bedrock-store.ts";

const DEFAULT_RESULTS = 5;
const MAX_RESULTS = 100;
/** Source: KnowledgeBaseQuery, Amazon Bedrock API reference. */
const MAX_QUERY_CHARACTERS = 1000;

export async function retrieve(gateway: Gateway, call: Call, knowledgeBaseId: string): Promise<Reply> {
  const record = authorizeKnowledgeBase(gateway, call, "bedrock:Retrieve", knowledgeBaseId);
  const { retrievalQuery, retrievalConfiguration } = readJson(call, [
    "retrievalQuery",
    "retrievalConfiguration",
  ]);
  const question = textOf(
    only(retrievalQuery, ["text", "type"], "retrievalQuery")["text"],
    "retrievalQuery.text",
  );
  if (question.length > MAX_QUERY_CHARACTERS)
    throw invalid(
      `retrievalQuery.text must have at most ${MAX_QUERY_CHARACTERS} characters, it has ${question.length}.`,
    );
  const configuration = only(
    retrievalConfiguration ?? {},
    ["vectorSearchConfiguration"],
    "retrievalConfiguration",
  );
  const search = only(
    configuration["vectorSearchConfiguration"] ?? {},
    ["numberOfResults", "filter", "overrideSearchType"],
    "vectorSearchConfiguration",
  );
  const { numberOfResults: size = DEFAULT_RESULTS, overrideSearchType: type = "HYBRID", filter } = search;
  if (typeof size !== "number" || !Number.isInteger(size) || size < 1 || size > MAX_RESULTS)
    throw invalid(`numberOfResults must be from 1 to ${MAX_RESULTS}.`);
  if (type !== "HYBRID" && type !== "SEMANTIC")
    throw invalid("overrideSearchType must be HYBRID or SEMANTIC.");

  const knowledgeBase = readKnowledgeBase(record);
  const store = new VectorStore(gateway, knowledgeBaseSession(gateway, knowledgeBase), knowledgeBase);
  const query =
    filter === undefined || filter === null ? undefined : filterQuery(filter, await store.properties());
  const hits = await find(store, knowledgeBase, { question, size, hybrid: type === "HYBRID", filter: query });
  return reply(call, { retrievalResults: hits.map((hit) => result(knowledgeBase, hit)) });
}

/**
 * Without an override Bedrock chooses the strategy; here that is hybrid, because words tell more than the local embeddings.
 * A hybrid score is the mean of the vector's score and of the text's, relative to the best text match.
 */
async function find(
  store: VectorStore,
  { fields }: KnowledgeBase,
  {
    question,
    size,
    hybrid,
    filter,
  }: { question: string; size: number; hybrid: boolean; filter: object | undefined },
): Promise<Hit[]> {
  const candidates = hybrid ? Math.min(size * 4, 400) : size;
  const vector = await store.embed(question);
  const near = await store.search(
    { knn: { [fields.vector]: { vector, k: candidates, ...(filter ? { filter } : {}) } } },
    candidates,
  );
  if (!hybrid) return near;
  const match = { match: { [fields.text]: question } };
  const words = await store.search(
    { bool: { must: [match], ...(filter ? { filter: [filter] } : {}) } },
    candidates,
  );
  const best = words[0]?.score ?? 1;
  const hits = new Map<string, Hit>(near.map((hit) => [hit.id, { ...hit, score: hit.score / 2 }]));
  for (const hit of words)
    hits.set(hit.id, { ...hit, score: (hits.get(hit.id)?.score ?? 0) + hit.score / best / 2 });
  return [...hits.values()].sort((a, b) => b.score - a.score).slice(0, size);
}

function result({ fields }: KnowledgeBase, { id, score, source }: Hit): object {
  const own = new Set(Object.values(fields));
  const metadata = Object.fromEntries(Object.entries(source).filter(([name]) => !own.has(name)));
  return {
    content: { type: "TEXT", text: source[fields.text] },
    location: { type: "S3", s3Location: { uri: metadata[SOURCE_URI] } },
    score,
    metadata: { ...metadata, [CHUNK_ID]: id },
  };
}
