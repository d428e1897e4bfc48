/** The functions as they are deployed: their bundles, each in an execution environment of the embedded account. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { BUNDLING } from "../../../infra/bundle.ts";
import { ExecutionEnvironment } from "../../../local/gateway/functions/environment.ts";
import { FunctionLog } from "../../../local/gateway/functions/log.ts";
import { isPerTenant, type FunctionName } from "../../../runtime/contract/names.ts";
import type { DEPENDENCIES } from "../../../runtime/shared/dependencies.ts";
import { FUNCTION_ENVIRONMENT } from "../../runtime/support/bundle.ts";
import { BUCKET, DIMENSIONS, TENANT } from "./services.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** The times of a dependency that is hurried are this many times shorter. */
export const HURRY = 5;

/** The variable that names the dependency to hurry, so that a test need not wait for its times; the code that obeys them is as it is. */
const HURRIED = "TEST_HURRIED";

const hurried: Plugin = {
  name: "hurried",
  setup: (builder) => {
    const table = join(ROOT, "runtime/shared/dependencies.ts");
    builder.onResolve({ filter: /\/dependencies\.ts$/ }, ({ importer }) =>
      importer === "hurried" || importer === table
        ? { path: table }
        : { path: "hurried", namespace: "hurried" },
    );
    builder.onLoad({ filter: /.*/, namespace: "hurried" }, () => ({
      loader: "ts",
      resolveDir: ROOT,
      contents: `
        import * as real from ${JSON.stringify(table)};
        export const { CONNECTION_MS, REQUEST_MS } = real;
        const key = process.env["${HURRIED}"];
        const { name, attempts, attemptMs, totalMs } = real.DEPENDENCIES[key];
        const shorter = { name, attempts, attemptMs: attemptMs / ${HURRY}, totalMs: Math.ceil(totalMs / ${HURRY}) };
        export const DEPENDENCIES = { ...real.DEPENDENCIES, [key]: shorter };`,
    }));
  },
};

/** A key of the table of dependencies. */
export type Policy = keyof typeof DEPENDENCIES;

export interface Answer {
  readonly value: unknown;
  /** What the function threw instead. */
  readonly error: { readonly errorType: string; readonly errorMessage: string } | undefined;
  readonly ms: number;
}

export class Functions {
  readonly #folder = mkdtempSync(join(tmpdir(), "bulkhead-faults-"));
  readonly #origin: string;
  readonly #environments = new Map<string, ExecutionEnvironment>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  async build(names: readonly FunctionName[]): Promise<void> {
    for (const pace of ["hurried", "real"])
      await build({
        absWorkingDir: ROOT,
        entryPoints: Object.fromEntries(names.map((fn) => [`${fn}/index`, `runtime/${fn}/handler.ts`])),
        outdir: join(this.#folder, pace),
        outExtension: { ".js": ".cjs" },
        ...BUNDLING,
        plugins: pace === "hurried" ? [hurried] : [],
      });
  }

  /** Invokes a function whose own time-out is `timeoutMs`. */
  async invoke(
    fn: FunctionName,
    event: unknown,
    { hurry, timeoutMs = 29_000 }: { readonly hurry?: Policy | undefined; readonly timeoutMs?: number } = {},
  ): Promise<Answer> {
    const environment = this.#environment(fn, hurry, timeoutMs);
    const started = performance.now();
    try {
      const value = JSON.parse(await environment.invoke("request-1", JSON.stringify(event))) as unknown;
      return { value, error: undefined, ms: performance.now() - started };
    } catch (error) {
      const { payload } = error as { payload?: NonNullable<Answer["error"]> };
      if (payload === undefined) throw error;
      return { value: undefined, error: payload, ms: performance.now() - started };
    }
  }

  /** Ends the execution environments, and with them whatever the functions remember. */
  async forget(): Promise<void> {
    const ending = [...this.#environments.values()].map((each) => each.terminate());
    this.#environments.clear();
    await Promise.all(ending);
  }

  async close(): Promise<void> {
    await this.forget();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #environment(fn: FunctionName, hurry: Policy | undefined, timeoutMs: number): ExecutionEnvironment {
    const key = `${hurry}/${fn}/${timeoutMs}`;
    const pace = hurry === undefined ? "real" : "hurried";
    const known = this.#environments.get(key);
    if (known && !known.dead) return known;
    const folder = join(this.#folder, pace, fn);
    const made = new ExecutionEnvironment(
      {
        name: fn,
        arn: `arn:aws:lambda:us-east-1:111122223333:function:${fn}`,
        roleArn: "arn:aws:iam::111122223333:role/fn",
        folder,
        handler: "index.handler",
        file: join(folder, "index.cjs"),
        exportName: "handler",
        timeoutMs,
        memoryMb: 512,
        variables: {},
        reserved: undefined,
        perTenant: isPerTenant(fn),
        version: "1",
      },
      {
        variables: { ...VARIABLES, AWS_ENDPOINT_URL: this.#origin, ...(hurry && { [HURRIED]: hurry }) },
        usableUntil: Infinity,
        log: new FunctionLog(this.#folder, fn),
        stream: "s",
        // Every request of these tests is this tenant's.
        tenantId: isPerTenant(fn) ? TENANT : undefined,
      },
    );
    this.#environments.set(key, made);
    return made;
  }
}

const VARIABLES: Readonly<Record<string, string>> = {
  ...FUNCTION_ENVIRONMENT,
  EMBEDDING_DIMENSIONS: String(DIMENSIONS),
  BUCKET_TEMPLATE: BUCKET.replace(/[^-]+$/, "{tenant}"),
};
