import { cpSync, statSync } from "node:fs";
import { join } from "node:path";
import { bundleFunctions } from "../../infra/bundle.ts";
import { PROJECT } from "../../local/paths.ts";
import { FUNCTIONS, type FunctionName } from "../../runtime/contract/names.ts";

/** A bundle as Lambda finds it. */
export interface Bundle {
  readonly fn: FunctionName;
  /** Its one file. */
  readonly file: string;
  readonly bytes: number;
}

/** The bundles that would be deployed, copied away from the project: its package.json would make ES modules of them. */
export function bundlesIn(folder: string): Readonly<Record<FunctionName, Bundle>> {
  const built = bundleFunctions(PROJECT);
  const entries = FUNCTIONS.map((fn) => {
    const place = join(folder, "bundles", fn);
    cpSync(built[fn], place, { recursive: true });
    const file = join(place, "index.js");
    return [fn, { fn, file, bytes: statSync(file).size }] as const;
  });
  return Object.fromEntries(entries) as Record<FunctionName, Bundle>;
}

export const REGION = "us-east-1";
export const USER_POOL = "us-east-1_Bench0001";
export const CLIENT = "bench-client";

/** Every variable that any function asks for: names of an account that is not there. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: "ASIABENCH",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_SESSION_TOKEN: "session",
  ENVIRONMENT: "bench",
  USER_POOL_ID: USER_POOL,
  CLIENT_IDS: CLIENT,
  REGISTRY_TABLE: "bulkhead-bench-registry",
  MEMBERSHIPS_TABLE: "bulkhead-bench-memberships",
  USERS_TABLE: "bulkhead-bench-users",
  DATA_ROLE_ARN_TEMPLATE: "arn:aws:iam::111122223333:role/bulkhead.bench.data.{tenant}",
  MEMBERS_ROLE_ARN: "arn:aws:iam::111122223333:role/bulkhead.bench.members",
  SESSION_SECONDS: "3600",
  PLAN_BUDGETS: JSON.stringify({
    standard: { questions: 1e6, tokens: 1e12 },
    premium: { questions: 1e6, tokens: 1e12 },
  }),
  BUDGETS_TABLE: "bulkhead-bench-budgets",
  CHAT_MODEL_ID: "amazon.nova-lite-v1:0",
  BROKER_FUNCTION: "bulkhead-bench-broker",
  REFERENCE_KNOWLEDGE_BASE_ID: "REFERENCE0",
  EMBEDDING_MODEL_ID: "amazon.titan-embed-text-v2:0",
  EMBEDDING_DIMENSIONS: "1024",
  GUARDRAIL_ID: "guardrail1",
  GUARDRAIL_VERSION: "1",
  BUCKET_TEMPLATE: "bulkhead-bench-111122223333-{tenant}",
  INGEST_ROLE_ARN_TEMPLATE: "arn:aws:iam::111122223333:role/bulkhead.bench.ingest.{tenant}",
  INDEX_SETTLE_SECONDS: "0",
};
