import type { Step, Version } from "./steps.ts";
import { nextStep } from "./steps.ts";

/** The firewall's rules that know CloudFront. */
export interface AcceptedValues {
  readonly values: readonly string[];
  readonly since: number | undefined;
  /** Replaces them, if nobody has since they were read. */
  readonly replace: (values: readonly string[], since: number) => Promise<void>;
}

/** CloudFront's header. */
export interface EdgeHeader {
  readonly header: string | undefined;
  readonly deployed: boolean;
  /** Replaces it, if nobody has changed the distribution since it was read. */
  readonly replace: (value: string) => Promise<void>;
}

export interface Secret {
  readonly current: Version | undefined;
  readonly pending: Version | undefined;
  readonly changedAt: number;
}

/** The three services. Each call may fail before or after it has acted. */
export interface OriginServices {
  readSecret(): Promise<Secret>;
  /** A new random value. */
  makeVersion(stage: "current" | "pending"): Promise<void>;
  /** `to` becomes current, if `from` still is. */
  promote(from: Version, to: Version): Promise<void>;
  readAccepted(): Promise<AcceptedValues>;
  /** Undefined while there is no distribution. */
  readEdge(): Promise<EdgeHeader | undefined>;
}

/** More than a rotation has: a guard against going round in circles. */
const MOST_STEPS = 10;

/**
 * Takes every step that can be taken now. What is read is read anew before each.
 * @returns the steps' names, ending with what is waited for
 */
export async function rotate(services: OriginServices, clock: () => number): Promise<string[]> {
  const done: string[] = [];
  while (done.length < MOST_STEPS) {
    // In this order: what is sent was accepted before it, and is looked at after it.
    const secret = await services.readSecret();
    const accepted = await services.readAccepted();
    const edge = await services.readEdge();
    const now = clock();
    const step = nextStep({
      ...secret,
      now,
      accepted: accepted.values,
      acceptedSince: accepted.since,
      edge: edge && { header: edge.header, deployed: edge.deployed },
    });
    if (step.do === "wait") return [...done, `wait for ${step.for}`];
    await take(step, services, accepted, edge, now);
    done.push(step.do);
  }
  return done;
}

async function take(
  step: Exclude<Step, { do: "wait" }>,
  services: OriginServices,
  accepted: AcceptedValues,
  edge: EdgeHeader | undefined,
  now: number,
): Promise<void> {
  switch (step.do) {
    case "make-first":
      return services.makeVersion("current");
    case "make-pending":
      return services.makeVersion("pending");
    case "accept":
      return accepted.replace(step.values, now);
    case "send":
      return edge?.replace(step.value);
    case "promote":
      return services.promote(step.from, step.to);
  }
}
