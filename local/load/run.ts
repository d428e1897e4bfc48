/** The load test: an account in a process of its own, clients in this one, and what came of it. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run, type Kind, type Measured } from "./clients.ts";
import { latencies, memoryOf, type Latencies, type Memory } from "./figures.ts";
import type { ServerMessage, ServerOptions } from "./server.ts";
import { loadTenants, type LoadTenant } from "./tenants.ts";

export interface LoadOptions {
  readonly seconds: number;
  readonly clients: number;
  readonly tenants: number;
  /** Holds the account, which is made anew each time. */
  readonly folder: string;
  readonly onStatus?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface LoadReport {
  readonly options: Pick<LoadOptions, "seconds" | "clients" | "tenants">;
  readonly resources: number;
  readonly deploySeconds: number;
  readonly requests: number;
  readonly perSecond: number;
  /** The first few, each as often as it occurred. */
  readonly faults: Readonly<Record<string, number>>;
  readonly leaks: number;
  readonly latency: Readonly<Partial<Record<Kind | "all", Latencies>>>;
  readonly memory: Memory;
}

/** Memory is looked at this often. */
const SAMPLE_MS = 1000;

export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const server = new Server(options);
  try {
    const ready = await server.ready();
    const tenants = loadTenants(options.tenants);
    const measured: Measured[] = [];
    const samples: number[] = [];
    const until = AbortSignal.any([
      AbortSignal.timeout(options.seconds * 1000),
      ...(options.signal ? [options.signal] : []),
    ]);
    const started = performance.now();
    const clients = Array.from({ length: options.clients }, (_, number) => {
      const tenant = tenants[number % tenants.length] as LoadTenant;
      const client = { tenant, token: ready.tokens[tenant.id] ?? "", number };
      return run(ready.apiUrl, client, tenants, until, (one) => measured.push(one));
    });
    const sampling = (async () => {
      while (!until.aborted) {
        const bytes = await server.rss();
        samples.push(bytes);
        options.onStatus?.(`${measured.length} requests, ${Math.round(bytes / 2 ** 20)} MiB`);
        await sleep(SAMPLE_MS);
      }
    })();
    await Promise.all(clients);
    const seconds = (performance.now() - started) / 1000;
    await sampling;
    options.signal?.throwIfAborted();
    return report(options, ready, measured, samples, seconds);
  } finally {
    await server.end();
  }
}

type Ready = Extract<ServerMessage, { type: "ready" }>;

function report(
  { seconds, clients, tenants }: LoadOptions,
  { resources, deploySeconds }: Ready,
  measured: readonly Measured[],
  samples: readonly number[],
  took: number,
): LoadReport {
  const faults: Record<string, number> = {};
  for (const { fault } of measured) if (fault !== undefined) faults[fault] = (faults[fault] ?? 0) + 1;
  const kinds = [...new Set(measured.map(({ kind }) => kind))].sort();
  const of = (kind?: Kind) =>
    latencies(measured.filter((one) => kind === undefined || one.kind === kind).map(({ ms }) => ms));
  return {
    options: { seconds, clients, tenants },
    resources,
    deploySeconds,
    requests: measured.length,
    perSecond: measured.length / took,
    faults,
    leaks: measured.filter(({ fault }) => fault?.startsWith("LEAK") === true).length,
    latency: { all: of(), ...Object.fromEntries(kinds.map((kind) => [kind, of(kind)])) },
    memory: memoryOf(samples),
  };
}

/** The account's process. */
class Server {
  readonly #process: ChildProcess;
  readonly #ready = Promise.withResolvers<Ready>();
  #memory = Promise.withResolvers<number>();

  constructor({ folder, tenants, onStatus }: LoadOptions) {
    const options: ServerOptions = { folder, tenants };
    this.#process = fork(join(import.meta.dirname, "server.ts"), [JSON.stringify(options)], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    this.#process.on("message", (message: ServerMessage) => {
      if (message.type === "status") onStatus?.(message.text);
      if (message.type === "ready") this.#ready.resolve(message);
      if (message.type === "memory") this.#memory.resolve(message.rss);
      if (message.type === "failed") this.#fail(message.reason);
    });
    this.#process.on("exit", (code, signal) => {
      this.#fail(`The account's process ended with ${signal ?? String(code)}.`);
    });
    this.#ready.promise.catch(() => undefined);
  }

  ready(): Promise<Ready> {
    return this.#ready.promise;
  }

  /** Bytes, of all its threads: functions run in some of them. */
  rss(): Promise<number> {
    this.#memory = Promise.withResolvers();
    this.#process.send("memory");
    return this.#memory.promise;
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    // One that has failed is ending already, and no longer listens.
    if (this.#process.connected) this.#process.send("end", () => undefined);
    await ended;
  }

  #fail(reason: string): void {
    const error = new Error(reason);
    this.#ready.reject(error);
    this.#memory.promise.catch(() => undefined);
    this.#memory.reject(error);
  }
}
