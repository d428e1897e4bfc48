/** Asynchronous invocations: kept in the account until they are through, retried, and passed on when they fail for good. */
import { randomUUID } from "node:crypto";
import type { Table } from "../../account/account.ts";
import { AwsError, type Gateway } from "../contract.ts";
import { functionName } from "./definition.ts";
import { FunctionError } from "./errors.ts";
import { passOn, retryPolicy, type FailedEvent, type Failure } from "./failed-events.ts";

export interface AsyncOptions {
  /** Before the first and the second retry of a failed event, in milliseconds. AWS waits 1 and 2 minutes. @default [1000, 2000] */
  readonly retryDelaysMs?: readonly [first: number, second: number];
  /** For tests: how often each event is delivered. AWS promises at least once. @default 1 */
  readonly copies?: number;
  /** For tests: events are held back for up to this long each, in milliseconds, so that they overtake one another. @default 0 */
  readonly shuffleMs?: number;
}

interface QueuedEvent {
  /** The same in every attempt. */
  readonly requestId: string;
  readonly functionName: string;
  /** JSON */
  readonly payload: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly attempts: number;
  /** Milliseconds since the epoch: no attempt before. */
  readonly due: number;
}

/** Lambda's limit for an asynchronous invocation's event (since October 2025). */
const ASYNC_PAYLOAD_BYTES = 1024 * 1024;
/** Events of one function that are handled at once. */
const CONCURRENT = 4;
/** While a function can't be run at all, as when it is throttled: between 1 second and 5 minutes on AWS. */
const THROTTLED_MS = 1000;

type Run = (name: string, event: unknown, requestId: string) => Promise<unknown>;

export class AsyncInvocations {
  readonly #gateway: Gateway;
  readonly #run: Run;
  readonly #options: Required<AsyncOptions>;
  readonly #table: Table<QueuedEvent>;
  readonly #waiting = new Map<string, QueuedEvent>();
  readonly #running = new Map<string, { readonly name: string; readonly done: Promise<void> }>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(gateway: Gateway, run: Run, options: AsyncOptions = {}) {
    this.#gateway = gateway;
    this.#run = run;
    this.#options = { retryDelaysMs: [1000, 2000], copies: 1, shuffleMs: 0, ...options };
    this.#table = gateway.account.table("lambda-events");
    for (const [key, event] of this.#table.entries()) this.#waiting.set(key, event);
    this.#wake();
  }

  /**
   * Once this returns, the event outlives the process.
   * @throws AwsError RequestTooLargeException
   */
  add(reference: string, event: unknown): void {
    const payload = JSON.stringify(event === undefined ? {} : event);
    if (Buffer.byteLength(payload) > ASYNC_PAYLOAD_BYTES)
      throw new AwsError(
        "RequestTooLargeException",
        `Request must be smaller than ${ASYNC_PAYLOAD_BYTES} bytes for an asynchronous invocation`,
        413,
      );
    const now = Date.now();
    const { copies, shuffleMs } = this.#options;
    const one = {
      requestId: randomUUID(),
      functionName: functionName(reference),
      payload,
      receivedAt: now,
      attempts: 0,
    };
    for (let copy = 0; copy < copies; copy++)
      this.#put(`${one.requestId}.${copy}`, { ...one, due: now + Math.random() * shuffleMs });
    this.#wake();
  }

  /** Begins nothing more. What is under way when the functions end is tried again at the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  #put(key: string, event: QueuedEvent): void {
    this.#table.put(key, event);
    this.#waiting.set(key, event);
  }

  /** Later, so that whoever sent an event is answered first. */
  #wake(ms = 0): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#begin();
    }, ms).unref();
  }

  #begin(): void {
    const now = Date.now();
    let next = Infinity;
    for (const [key, event] of this.#waiting) {
      const name = event.functionName;
      if (event.due > now) {
        next = Math.min(next, event.due);
        continue;
      }
      if ([...this.#running.values()].filter((each) => each.name === name).length >= CONCURRENT) continue;
      this.#waiting.delete(key);
      const done = this.#attempt(key, event).finally(() => {
        this.#running.delete(key);
        this.#wake();
      });
      this.#running.set(key, { name, done });
    }
    if (next < Infinity) this.#wake(next - now);
  }

  async #attempt(key: string, event: QueuedEvent): Promise<void> {
    let failure: Failure;
    let counts: boolean;
    try {
      await this.#run(event.functionName, JSON.parse(event.payload), event.requestId);
      this.#table.delete(key);
      return;
    } catch (error) {
      // Nobody is left to tell of a function that was deleted.
      if (isCode(error, "ResourceNotFoundException")) {
        this.#table.delete(key);
        return;
      }
      failure = failureOf(error);
      counts = !isThrottled(error);
    }
    // The function was ended with the gateway: that is no failure of its own.
    if (this.#closed) return;
    const attempts = event.attempts + (counts ? 1 : 0);
    const { retries, maximumAgeMs } = retryPolicy(this.#gateway.account, event.functionName);
    const due = Date.now() + (counts ? this.#delay(attempts) : THROTTLED_MS);
    const tooOld = due > event.receivedAt + maximumAgeMs;
    if (attempts <= retries && !tooOld) {
      this.#put(key, { ...event, attempts, due });
      return;
    }
    const failed: FailedEvent = {
      ...event,
      attempts,
      condition: attempts > retries ? "RetriesExhausted" : "EventAgeExceeded",
      failure,
    };
    await passOn(this.#gateway, failed);
    this.#table.delete(key);
  }

  #delay(attempts: number): number {
    const [first, second] = this.#options.retryDelaysMs;
    return attempts === 1 ? first : second;
  }
}

const isCode = (error: unknown, code: string): boolean => error instanceof AwsError && error.code === code;

/** The function did not run, for a reason that passes. */
const isThrottled = (error: unknown): boolean =>
  isCode(error, "TooManyRequestsException") || isCode(error, "ServiceException");

function failureOf(error: unknown): Failure {
  if (error instanceof FunctionError) return { ...error.payload, ran: true };
  if (error instanceof AwsError) return { errorType: error.code, errorMessage: error.message, ran: false };
  return { errorType: "ServiceException", errorMessage: "The function could not be run", ran: false };
}
