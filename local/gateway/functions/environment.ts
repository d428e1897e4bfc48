import { realpathSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { z } from "zod";
import type { FunctionDefinition } from "./definition.ts";
import { FunctionError, type FailurePayload } from "./errors.ts";
import type { FunctionLog } from "./log.ts";

/** Lambda's limit for a synchronous invocation's event, and for its answer. */
export const PAYLOAD_BYTES = 6 * 1024 * 1024;
/**
 * Lambda's limit for loading the code, which does not count against the function's own time-out. Beyond it, Lambda loads it once more,
 * within that time-out: here the first attempt goes on, which on a busy machine is the sooner to end.
 */
const INIT_MS = 10_000;

const Failure = { errorType: z.string(), errorMessage: z.string(), stack: z.string().optional() };
// The function shares its thread with the bootstrap, so what arrives is checked as input.
const Message = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("init-failure"), ...Failure }),
  z.object({ type: z.literal("log"), level: z.string(), requestId: z.string(), message: z.string() }),
  z.object({ type: z.literal("answer"), id: z.string(), json: z.string() }),
  z.object({ type: z.literal("failure"), id: z.string(), ...Failure }),
]);

interface Waiting<Value> {
  readonly id: string;
  resolve(value: Value): void;
  reject(error: FunctionError): void;
}

/** One execution environment: a worker thread with the function's code, variables and credentials. */
export class ExecutionEnvironment {
  readonly definition: FunctionDefinition;
  /** Milliseconds since the epoch after which no invocation may start here: its credentials end too soon. */
  readonly usableUntil: number;
  /** The only tenant that it serves; undefined: the function isn't in tenant isolation mode. */
  readonly tenantId: string | undefined;
  readonly #worker: Worker;
  readonly #log: FunctionLog;
  readonly #ready: Promise<void>;
  #starting: Waiting<void> | undefined;
  #current: Waiting<string> | undefined;
  #dead = false;

  constructor(
    definition: FunctionDefinition,
    options: {
      variables: Record<string, string>;
      usableUntil: number;
      log: FunctionLog;
      stream: string;
      tenantId?: string | undefined;
    },
  ) {
    this.definition = definition;
    this.usableUntil = options.usableUntil;
    this.tenantId = options.tenantId;
    this.#log = options.log;
    this.#worker = new Worker(new URL("./bootstrap.mjs", import.meta.url), {
      name: definition.name,
      env: options.variables,
      argv: [],
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: definition.memoryMb },
      workerData: {
        // Node names modules by their real path.
        file: realpathSync(definition.file),
        folder: realpathSync(definition.folder),
        exportName: definition.exportName,
        context: {
          functionName: definition.name,
          arn: definition.arn,
          handler: definition.handler,
          memoryMb: definition.memoryMb,
          logStreamName: options.stream,
          tenantId: options.tenantId,
        },
      },
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#starting = { id: "", resolve, reject };
    });
    this.#ready.catch(() => undefined);
    const initMs = INIT_MS + definition.timeoutMs;
    const timer = setTimeout(() => {
      this.#fail("Sandbox.Timedout", `Initialization took more than ${initMs / 1000} seconds`);
    }, initMs);
    this.#ready
      .finally(() => {
        clearTimeout(timer);
      })
      .catch(() => undefined);
    this.#worker.on("message", (message: unknown) => {
      this.#receive(message);
    });
    this.#worker.on("error", (error: unknown) => {
      this.#crashed(error);
    });
    this.#worker.on("exit", (code) => {
      this.#fail("Runtime.ExitError", `Runtime exited with error: exit status ${code}`);
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#print("INFO", text);
      });
    // An idle environment must not keep the process alive.
    this.#worker.unref();
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Runs one invocation; a second one at the same time is a fault of the caller. */
  async invoke(id: string, event: string): Promise<string> {
    if (this.#current) throw new Error("an execution environment runs one invocation at a time");
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<string>((resolve, reject) => {
      this.#current = { id, resolve, reject };
    });
    // Reported by the await below; it may be rejected before that is reached.
    answer.catch(() => undefined);
    const started = performance.now();
    let status = "success";
    try {
      await this.#ready;
      const { timeoutMs } = this.definition;
      timer = setTimeout(() => {
        this.#fail("Sandbox.Timedout", `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`);
      }, timeoutMs);
      this.#worker.postMessage({ id, event, deadline: Date.now() + timeoutMs });
      const json = await answer;
      if (Buffer.byteLength(json) > PAYLOAD_BYTES)
        throw new FunctionError({
          errorType: "Function.ResponseSizeTooLarge",
          errorMessage: `Response payload size exceeded maximum allowed payload size (${PAYLOAD_BYTES} bytes).`,
        });
      return json;
    } catch (error) {
      status = error instanceof FunctionError ? error.payload.errorType : "error";
      throw error;
    } finally {
      clearTimeout(timer);
      this.#current = undefined;
      const durationMs = Math.round((performance.now() - started) * 100) / 100;
      this.#log.write({ level: "INFO", requestId: id, message: "REPORT", status, durationMs });
    }
  }

  async terminate(): Promise<void> {
    this.#dead = true;
    await this.#worker.terminate();
  }

  #receive(raw: unknown): void {
    const parsed = Message.safeParse(raw);
    if (!parsed.success) return;
    const message = parsed.data;
    switch (message.type) {
      case "ready":
        this.#starting?.resolve();
        break;
      case "log":
        this.#log.write({ level: message.level, requestId: message.requestId, message: message.message });
        break;
      case "init-failure":
        this.#print("ERROR", message.stack ?? message.errorMessage);
        this.#fail(message.errorType, message.errorMessage, false);
        break;
      case "answer":
        if (message.id === this.#current?.id) this.#current.resolve(message.json);
        break;
      case "failure":
        if (message.id !== this.#current?.id) break;
        this.#print("ERROR", `Invoke Error ${message.stack ?? message.errorMessage}`);
        this.#current.reject(new FunctionError(payload(message)));
        break;
    }
  }

  #crashed(error: unknown): void {
    const { name, message, stack, code } = error as Error & { code?: string };
    this.#print("ERROR", stack ?? String(error));
    if (code === "ERR_WORKER_OUT_OF_MEMORY")
      this.#fail("Runtime.OutOfMemory", "Runtime exited with error: signal: killed");
    else
      this.#fail(
        error instanceof Error ? name : typeof error,
        error instanceof Error ? message : String(error),
      );
  }

  /** Ends the environment; whatever waits for it fails with this. The first reason counts. */
  #fail(errorType: string, reason: string, prefixed = true): void {
    if (this.#dead && !this.#current && !this.#starting) return;
    this.#dead = true;
    const id = this.#current?.id ?? "";
    const errorMessage = prefixed ? `RequestId: ${id} Error: ${reason}` : reason;
    const error = new FunctionError({ errorType, errorMessage });
    this.#starting?.reject(error);
    this.#current?.reject(error);
    this.#starting = undefined;
    void this.#worker.terminate();
  }

  #print(level: string, text: string): void {
    this.#log.write({ level, requestId: this.#current?.id ?? "", message: text.trimEnd() });
  }
}

function payload(of: FailurePayload): FailurePayload {
  return { errorType: of.errorType, errorMessage: of.errorMessage };
}
