/** A wall clock that stands still until it is told to go on. Timers are not moved by it. */
export interface Clock {
  readonly now: () => number;
  readonly advance: (milliseconds: number) => void;
}

/** Runs something with `Date.now` and `new Date()` by a clock that starts at the present. */
export async function withClock<T>(run: (clock: Clock) => Promise<T>): Promise<T> {
  const RealDate = globalThis.Date;
  let now = RealDate.now();
  globalThis.Date = class extends RealDate {
    constructor(...args: [] | [string | number | Date]) {
      super(args.length === 0 ? now : args[0]);
    }
    static override now(): number {
      return now;
    }
  } as DateConstructor;
  try {
    return await run({ now: () => now, advance: (milliseconds) => (now += milliseconds) });
  } finally {
    globalThis.Date = RealDate;
  }
}
