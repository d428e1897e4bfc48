/** How long the runtime waits for each service that it needs, and how often it asks: all of it, in one place. */

/** Times are in milliseconds. */
export interface Dependency {
  /** As logs name it. */
  readonly name: string;
  /** Requests at most. Each one after the first follows a fault that may pass: throttled, unavailable, no or half an answer. */
  readonly attempts: number;
  /** From sending a request until its answer begins. */
  readonly attemptMs: number;
  /** For all attempts, the waits between them and the whole of the answer. What takes longer is a `DependencyTimeout`. */
  readonly totalMs: number;
}

/** Until a connection stands. */
export const CONNECTION_MS = 1000;

/**
 * A request of the API, all in all. API Gateway waits for 29 s; what is left is for a cold start, which counts there and not here.
 */
export const REQUEST_MS = 26_000;

/** A sign-in, all in all. Cognito waits for 5 s, in which a cold start counts. */
export const TRIGGER_MS = 4000;

/**
 * The longest way of a question is broker, then registry or embedding, then store, then chat model; the reference corpus is searched
 * beside those before the model. The model has whatever the others leave of {@link REQUEST_MS}: never less than a quarter of it. Calls of
 * the documents API follow one another in greater numbers: there the request's own end bounds them.
 *
 * The broker's own chain (key set, registry, STS) fits into what its callers wait. The pre-token trigger's calls follow one another, and
 * have {@link TRIGGER_MS} together.
 */
export const DEPENDENCIES = {
  registry: { name: "DynamoDB", attempts: 3, attemptMs: 1000, totalMs: 3200 },
  sts: { name: "STS", attempts: 3, attemptMs: 1200, totalMs: 3200 },
  broker: { name: "broker", attempts: 2, attemptMs: 9500, totalMs: 9500 },
  embeddingModel: { name: "embedding model", attempts: 3, attemptMs: 1700, totalMs: 4500 },
  tenantStore: { name: "tenant store", attempts: 3, attemptMs: 1700, totalMs: 4500 },
  referenceCorpus: { name: "reference corpus", attempts: 3, attemptMs: 3000, totalMs: 8000 },
  chatModel: { name: "chat model", attempts: 3, attemptMs: 22_000, totalMs: 22_000 },
  // What was said before, beside the searches; and keeping a turn, before the answer is given.
  memory: { name: "memory", attempts: 2, attemptMs: 1200, totalMs: 2500 },
  // A transaction of a few statements; a database that was paused takes about 15 s to answer.
  claims: { name: "claims", attempts: 3, attemptMs: 16_000, totalMs: 20_000 },
  documentStore: { name: "document store", attempts: 3, attemptMs: 3000, totalMs: 8000 },
  documentStates: { name: "document states", attempts: 3, attemptMs: 3000, totalMs: 8000 },
  userPool: { name: "user pool", attempts: 3, attemptMs: 3000, totalMs: 8000 },
  ingestionStart: { name: "ingestion", attempts: 3, attemptMs: 2000, totalMs: 5000 },

  // Nobody waits for ingestion: a throttled model is asked for longer, before the whole event is delivered once more.
  ingestBucket: { name: "tenant bucket", attempts: 3, attemptMs: 5000, totalMs: 20_000 },
  ingestModel: { name: "embedding model", attempts: 6, attemptMs: 5000, totalMs: 30_000 },
  ingestIndex: { name: "tenant index", attempts: 3, attemptMs: 15_000, totalMs: 50_000 },

  // While a stack is deployed, and AWS throttles the many calls of that; whoever calls looks again for minutes.
  administration: { name: "administration", attempts: 8, attemptMs: 30_000, totalMs: 90_000 },
} as const satisfies Readonly<Record<string, Dependency>>;
