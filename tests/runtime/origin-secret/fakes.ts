import type { OriginServices } from "../../../runtime/origin-secret/rotate.ts";
import type { Version } from "../../../runtime/origin-secret/steps.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** How long the firewall's servers may go on with earlier rules. */
const FIREWALL_LAG = 10 * MINUTE;

/** What was valid until when. */
interface Past<T> {
  readonly value: T;
  readonly until: number;
}

/** Is asked before and after each call that changes something; may throw, as if the function ended there. */
export type Kill = (where: string) => void;

/** Secrets Manager, AWS WAF and CloudFront, with the delays by which a change of theirs is everywhere. */
export class World {
  now = 1_700_000_000_000;
  /** Minutes that CloudFront takes for its next change. */
  deployMinutes = 10;
  kill: Kill = () => undefined;
  #made = 0;
  #lock = 0;
  #etag = 0;
  #current: Version | undefined;
  #pending: Version | undefined;
  #changedAt = this.now;
  #accepted: readonly string[] = [];
  #since: number | undefined;
  #acceptedBefore: Past<readonly string[]>[] = [];
  #header: string | undefined;
  #deployedAt: number | undefined;
  #headersBefore: Past<string | undefined>[] = [];

  /** Values that some server of CloudFront may send now. */
  sent(): (string | undefined)[] {
    if (this.#deployedAt === undefined) return [];
    return [
      this.#header,
      ...this.#headersBefore.filter(({ until }) => until > this.now).map(({ value }) => value),
    ];
  }

  /** Rules that some server of the firewall may go by now. */
  rules(): (readonly string[])[] {
    return [
      this.#accepted,
      ...this.#acceptedBefore.filter(({ until }) => until > this.now).map(({ value }) => value),
    ];
  }

  /** A request that is refused although it came by CloudFront, if there could be one. */
  refused(): string | undefined {
    for (const value of this.sent())
      for (const accepted of this.rules())
        if (value === undefined || !accepted.includes(value))
          return `CloudFront may send ${String(value)}, and the firewall may accept only ${accepted.join(", ")}`;
    return undefined;
  }

  get currentValue(): string | undefined {
    return this.#current?.value;
  }

  get accepted(): readonly string[] {
    return this.#accepted;
  }

  get versions(): number {
    return this.#made;
  }

  /** As a deployment of the stack does, with the value that it read when it began. */
  deploy(header: string): void {
    this.#setHeader(header);
  }

  services({ edge = true } = {}): OriginServices {
    const act = (where: string, change: () => void): Promise<void> => {
      this.kill(`before ${where}`);
      change();
      this.kill(`after ${where}`);
      return Promise.resolve();
    };
    return {
      readSecret: () =>
        Promise.resolve({ current: this.#current, pending: this.#pending, changedAt: this.#changedAt }),
      makeVersion: (stage) =>
        act(`make ${stage}`, () => {
          this.#made += 1;
          const version = { id: `v${this.#made}`, value: `secret-${this.#made}` };
          if (stage === "current") this.#current = version;
          else this.#pending = version;
          this.#changedAt = this.now;
        }),
      promote: (from, to) =>
        act("promote", () => {
          if (this.#current?.id !== from.id) throw new Error("the current version is another one");
          this.#current = to;
          this.#changedAt = this.now;
        }),
      readAccepted: () => {
        const lock = this.#lock;
        return Promise.resolve({
          values: this.#accepted,
          since: this.#since,
          replace: (values, since) =>
            act("accept", () => {
              if (lock !== this.#lock) throw new Error("WAFOptimisticLockException");
              this.#lock += 1;
              this.#acceptedBefore.push({ value: this.#accepted, until: this.now + FIREWALL_LAG });
              [this.#accepted, this.#since] = [values, since];
            }),
        });
      },
      readEdge: () => {
        if (!edge || this.#deployedAt === undefined) return Promise.resolve(undefined);
        const etag = this.#etag;
        return Promise.resolve({
          header: this.#header,
          deployed: this.#deployedAt <= this.now,
          replace: (value) =>
            act("send", () => {
              if (etag !== this.#etag) throw new Error("PreconditionFailed");
              this.#setHeader(value);
            }),
        });
      },
    };
  }

  #setHeader(header: string): void {
    this.#etag += 1;
    const until = this.now + this.deployMinutes * MINUTE;
    if (this.#deployedAt !== undefined) this.#headersBefore.push({ value: this.#header, until });
    this.#header = header;
    this.#deployedAt = until;
    // A change on the way is overtaken: what was sent before it is, until the newest is everywhere.
    this.#headersBefore = this.#headersBefore.map((past) =>
      past.until > this.now ? { ...past, until } : past,
    );
  }
}
