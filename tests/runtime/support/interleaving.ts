import fc from "fast-check";

import { withClock } from "./clock.ts";
import type { Clock } from "./clock.ts";

/** `BULKHEAD_TEST_SEED` repeats a run. */
export const SEED = Number(process.env["BULKHEAD_TEST_SEED"] ?? Date.now() % 2 ** 31);

/** A question to something outside (broker, registry, issuer), from its start to its answer's arrival. */
export interface Flight {
  readonly about: string;
  /** When it arrived, in steps; endless before. */
  arrived: number;
  failed: boolean;
}

/**
 * One run of a property: a clock that only the run moves, what is asked outside, and what was seen to be wrong. Which of the open
 * questions is answered next is the scheduler's choice, so that a run can be repeated.
 */
export class Run {
  readonly clock: Clock;
  readonly #scheduler: fc.Scheduler;
  readonly #flights: Flight[] = [];
  readonly faults: string[] = [];
  #step = 0;

  constructor(clock: Clock, scheduler: fc.Scheduler) {
    this.clock = clock;
    this.#scheduler = scheduler;
  }

  /** Time in the order of events: the clock may stand still. */
  step(): number {
    return ++this.#step;
  }

  /**
   * Asks outside. `answer` is decided after the way there and arrives after the way back; other things may happen on both.
   * @param bad tells of an answer, when it arrives, whether it is none to build on
   */
  async ask<T>(about: string, answer: () => T, bad: (answer: T) => boolean): Promise<T> {
    const flight: Flight = { about, arrived: Infinity, failed: true };
    this.#flights.push(flight);
    try {
      await this.#scheduler.schedule(Promise.resolve(), `to: ${about}`);
      const decided = answer();
      await this.#scheduler.schedule(Promise.resolve(), `back: ${about}`);
      flight.failed = bad(decided);
      return decided;
    } finally {
      flight.arrived = this.step();
    }
  }

  /** Whether a question about this failed after that step: the only reason to refuse a request that began at the step. */
  failedSince(about: string, step: number): boolean {
    return this.#flights.some((each) => each.about === about && each.failed && each.arrived > step);
  }

  expect(good: boolean, fault: string): void {
    if (!good) this.faults.push(fault);
  }

  /** Lets up to `count` answers move on, and everything that follows from them. */
  async release(count: number): Promise<void> {
    await settle();
    for (let index = 0; index < count && this.#scheduler.count() > 0; index++) {
      await this.#scheduler.waitNext(1);
      await settle();
    }
  }

  async finish(): Promise<void> {
    await settle();
    while (this.#scheduler.count() > 0) await this.release(1);
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** What one step of a run does, and how many answers move on after it. */
interface Step<Action> {
  readonly action: Action;
  readonly release: number;
}

/**
 * The property: whatever order things happen in, no run sees a fault.
 * @param start makes a run's world: what an action does in it
 */
export function interleaved<Action>(
  actions: fc.Arbitrary<Action>,
  start: (run: Run) => (action: Action) => void | Promise<void>,
) {
  const steps: fc.Arbitrary<Step<Action>[]> = fc.array(fc.record({ action: actions, release: fc.nat(3) }), {
    minLength: 2,
    maxLength: 40,
  });
  return fc.asyncProperty(fc.scheduler(), steps, (scheduler, all) =>
    withClock(async (clock) => {
      const run = new Run(clock, scheduler);
      const act = start(run);
      for (const { action, release } of all) {
        await act(action);
        await run.release(release);
      }
      await run.finish();
      if (run.faults.length > 0) throw new Error(run.faults.join("; "));
    }),
  );
}
