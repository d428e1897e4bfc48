import { availableParallelism } from "node:os";
import { AwsError } from "../contract.ts";
import type { FunctionDefinition } from "./definition.ts";
import type { ExecutionEnvironment } from "./environment.ts";

export interface PoolLimits {
  /** Environments of one function. @default 2 for each core */
  readonly perFunction?: number;
  /** Environments of all functions together, which bounds memory. @default 8 for each core */
  readonly total?: number;
  /** How long an environment may wait for work, in milliseconds. @default 120000 */
  readonly idleMs?: number;
  /** Invocations that may wait for one function. @default 1000 */
  readonly waiting?: number;
}

type Start = (definition: FunctionDefinition, tenantId: string | undefined) => ExecutionEnvironment;

interface Waiter {
  readonly definition: FunctionDefinition;
  readonly tenantId: string | undefined;
  resolve(environment: ExecutionEnvironment): void;
  reject(error: unknown): void;
}

/**
 * Hands out execution environments, one invocation at a time each: an idle one, else a new one, else the next that
 * becomes free. On AWS an account has 1,000 at once before it throttles; here invocations queue for those that a machine can run,
 * and a function's own reserved concurrency throttles as it does there. One whose function was deployed again, or whose credentials end soon, is never handed out.
 * Nor is one that has served another tenant, where a function is in tenant isolation mode.
 */
export class EnvironmentPool {
  readonly #start: Start;
  readonly #limits: Required<PoolLimits>;
  readonly #busy = new Set<ExecutionEnvironment>();
  /** The one used last comes last; the timer ends it. */
  readonly #idle = new Map<ExecutionEnvironment, NodeJS.Timeout>();
  readonly #ending = new Set<Promise<void>>();
  #waiters: Waiter[] = [];
  #closed = false;

  constructor(start: Start, limits: PoolLimits = {}) {
    this.#start = start;
    const cores = availableParallelism();
    // More at once would only make each slower, until time-outs of the functions' own calls tell of faults that are none.
    this.#limits = { perFunction: 2 * cores, total: 8 * cores, idleMs: 120_000, waiting: 1000, ...limits };
  }

  /** @throws AwsError TooManyRequestsException past the function's reserved concurrency. */
  acquire(definition: FunctionDefinition, tenantId?: string): Promise<ExecutionEnvironment> {
    if (this.#closed) return Promise.reject(new AwsError("ServiceException", "The gateway is closing", 503));
    const waiting = this.#waiters.filter((waiter) => waiter.definition.name === definition.name).length;
    const running = this.#count(this.#busy, definition.name) + waiting;
    if (running >= (definition.reserved ?? Infinity) || waiting >= this.#limits.waiting)
      return Promise.reject(new AwsError("TooManyRequestsException", "Rate Exceeded.", 429));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ definition, tenantId, resolve, reject });
      this.#serve();
    });
  }

  release(environment: ExecutionEnvironment): void {
    this.#busy.delete(environment);
    if (environment.dead || this.#closed) this.#end(environment);
    else {
      const timer = setTimeout(() => {
        this.#end(environment);
      }, this.#limits.idleMs).unref();
      this.#idle.set(environment, timer);
    }
    this.#serve();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiter of this.#waiters.splice(0))
      waiter.reject(new AwsError("ServiceException", "The gateway is closing", 503));
    for (const environment of [...this.#idle.keys(), ...this.#busy]) this.#end(environment);
    await Promise.all(this.#ending);
  }

  #serve(): void {
    this.#waiters = this.#waiters.filter((waiter) => {
      try {
        const environment = this.#take(waiter.definition, waiter.tenantId);
        if (!environment) return true;
        this.#busy.add(environment);
        waiter.resolve(environment);
      } catch (error) {
        waiter.reject(error);
      }
      return false;
    });
  }

  #take(definition: FunctionDefinition, tenantId: string | undefined): ExecutionEnvironment | undefined {
    let found: ExecutionEnvironment | undefined;
    for (const environment of [...this.#idle.keys()]) {
      if (environment.definition.name !== definition.name) continue;
      const fit =
        environment.definition.version === definition.version && Date.now() < environment.usableUntil;
      if (!fit || environment.dead) this.#end(environment);
      else if (environment.tenantId === tenantId) found = environment;
    }
    if (found) {
      clearTimeout(this.#idle.get(found));
      this.#idle.delete(found);
      return found;
    }
    const own = this.#count(this.#busy, definition.name);
    if (own >= this.#limits.perFunction) return undefined;
    if (this.#busy.size + this.#idle.size >= this.#limits.total) {
      // Functions that take environments from one another in turn would do nothing but start them.
      if (own > 0) return undefined;
      // A function with no environment gets one even so: callers may be waiting inside other functions for it.
      const [oldest] = this.#idle.keys();
      if (oldest) this.#end(oldest);
    }
    return this.#start(definition, tenantId);
  }

  #count(environments: Iterable<ExecutionEnvironment>, name: string): number {
    return [...environments].filter((environment) => environment.definition.name === name).length;
  }

  #end(environment: ExecutionEnvironment): void {
    clearTimeout(this.#idle.get(environment));
    this.#idle.delete(environment);
    const ended = environment.terminate().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}
