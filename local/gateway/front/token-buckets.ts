export interface Limits {
  /** Tokens that come back in a second. */
  readonly perSecond: number;
  /** Tokens that there are at most. */
  readonly burst: number;
}

/** Token buckets by name: each request takes a token, and time brings them back. */
export class TokenBuckets {
  readonly #buckets = new Map<string, { tokens: number; time: number }>();

  /** @returns whether there was a token to take @param time - milliseconds, never going back */
  take(name: string, { perSecond, burst }: Limits, time: number): boolean {
    const bucket = this.#buckets.get(name) ?? { tokens: burst, time };
    const passed = Math.max(0, time - bucket.time) / 1000;
    // Limits may have been lowered since.
    bucket.tokens = Math.min(burst, bucket.tokens + passed * perSecond);
    bucket.time = Math.max(time, bucket.time);
    this.#buckets.set(name, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
