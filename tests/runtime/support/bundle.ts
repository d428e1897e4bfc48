import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { build } from "esbuild";

import { BUNDLING } from "../../../infra/bundle.ts";
import type { FunctionName } from "../../../runtime/contract/names.ts";
import { CLIENT, POOL } from "./tokens.ts";

const root = join(import.meta.dirname, "../../..");

/** Environment variables of every function: what Lambda sets, and the program's settings. */
export const FUNCTION_ENVIRONMENT = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "AKID",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_SESSION_TOKEN: "session",
  ENVIRONMENT: "test",
  USER_POOL_ID: POOL,
  CLIENT_IDS: CLIENT,
  REGISTRY_TABLE: "registry",
  MEMBERSHIPS_TABLE: "memberships",
  USERS_TABLE: "users",
  DATA_ROLE_ARN_TEMPLATE: "arn:aws:iam::111122223333:role/bulkhead.test.data.{tenant}",
  MEMBERS_ROLE_ARN: "arn:aws:iam::111122223333:role/bulkhead.test.members",
  SESSION_SECONDS: "900",
  PLAN_BUDGETS:
    '{"standard":{"questions":100,"tokens":1000000},"premium":{"questions":1000,"tokens":10000000}}',
  BUDGETS_TABLE: "budgets",
  CHAT_MODEL_ID: "speaker",
  BROKER_FUNCTION: "broker",
  REFERENCE_KNOWLEDGE_BASE_ID: "KB0",
  EMBEDDING_MODEL_ID: "embedder",
  EMBEDDING_DIMENSIONS: "256",
  GUARDRAIL_ID: "guardrail1",
  GUARDRAIL_VERSION: "1",
  BUCKET_TEMPLATE: "bulkhead-test-111122223333-{tenant}",
  INGEST_ROLE_ARN_TEMPLATE: "arn:aws:iam::111122223333:role/bulkhead.test.ingest.{tenant}",
  API_URL: "https://api.example.com/live",
  SIGN_IN_DOMAIN: "bulkhead-111122223333-test",
  SECRET: "bulkhead/test/canary",
  CLAIMS_CLUSTER_ARN: "arn:aws:rds:us-east-1:111122223333:cluster:bulkhead-test-claims",
  CLAIMS_ADMIN_SECRET_ARN: "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!cluster-1",
};

/** A folder for bundles of functions, made as the program makes them. */
export class Bundles {
  readonly #folder = mkdtempSync(join(tmpdir(), "bulkhead-bundles-"));

  fileOf(fn: FunctionName): string {
    return join(this.#folder, fn, "index.cjs");
  }

  async build(fn: FunctionName) {
    const { metafile } = await build({
      entryPoints: [join(root, "runtime", fn, "handler.ts")],
      outfile: this.fileOf(fn),
      ...BUNDLING,
    });
    return metafile;
  }

  /**
   * Runs the body of an async function in a new process, with `bundle` as the loaded bundle and `input` as given.
   * @returns what the body returned
   */
  run<T>(
    fn: FunctionName,
    env: Readonly<Record<string, string>>,
    body: string,
    input: unknown = null,
  ): Promise<T> {
    const source = `
      const bundle = require(${JSON.stringify(this.fileOf(fn))});
      let text = "";
      process.stdin.on("data", (chunk) => (text += chunk)).on("end", async () => {
        const input = JSON.parse(text);
        const result = await (async () => { ${body} })();
        process.stdout.write(JSON.stringify(result), () => process.exit());
      });`;
    return new Promise((resolve, reject) => {
      const child = execFile(
        process.execPath,
        ["-e", source],
        { env: { ...env }, maxBuffer: 2 ** 26 },
        (error, stdout) => {
          if (error) reject(new Error(`the bundle of ${fn} failed`, { cause: error }));
          else resolve(JSON.parse(stdout) as T);
        },
      );
      child.stdin?.end(JSON.stringify(input));
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
