/**
 * The rotation of the secret by which the API's firewall knows CloudFront, as a state machine. All of its state is in the three
 * services that hold it, so that it may be killed anywhere and starts again from what is there:
 *
 *     make pending -> accept both -> CloudFront sends pending -> it is deployed -> pending is current -> accept current alone
 *
 * At no moment does CloudFront send a value that the firewall does not accept.
 */

export interface Version {
  readonly id: string;
  readonly value: string;
}

export interface Situation {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly current: Version | undefined;
  /** Not there yet, or one that has become current: no rotation is under way. */
  readonly pending: Version | undefined;
  /** When the secret was changed last: its pending version made, or made current. */
  readonly changedAt: number;
  /** Values that the firewall accepts. */
  readonly accepted: readonly string[];
  /** Since when it accepts all of them; undefined if that was not noted. */
  readonly acceptedSince: number | undefined;
  /** Undefined while there is none. */
  readonly edge: { readonly header: string | undefined; readonly deployed: boolean } | undefined;
}

export type Step =
  | { readonly do: "make-first" | "make-pending" }
  | { readonly do: "accept"; readonly values: readonly string[] }
  | { readonly do: "send"; readonly value: string }
  | { readonly do: "promote"; readonly from: Version; readonly to: Version }
  /** Nothing, for now. */
  | { readonly do: "wait"; readonly for: string };

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** "A few seconds to a number of minutes": how long AWS WAF takes to have a change everywhere. */
export const SETTLE_MS = 15 * MINUTE;
/**
 * How long the old value is still accepted. A deployment of the stack writes the header that it read when it began: it must not
 * last longer than this.
 */
export const GRACE_MS = DAY;
export const ROTATE_MS = 30 * DAY;

/** The one thing to do next. */
export function nextStep(at: Situation): Step {
  const { current, accepted, acceptedSince, edge } = at;
  if (!current) return { do: "make-first" };
  const pending = at.pending?.id === current.id ? undefined : at.pending;
  const needed = [current, ...(pending ? [pending] : [])].map(({ value }) => value);
  if (acceptedSince === undefined || needed.some((value) => !accepted.includes(value)))
    return { do: "accept", values: [...new Set([...accepted, ...needed])] };
  if (!edge) return wait("the distribution");
  const due = (pending ?? current).value;
  if (edge.header !== due) {
    // What CloudFront sends now is refused: nothing is lost by a value that may not be known everywhere yet.
    const refused = edge.header === undefined || !accepted.includes(edge.header);
    if (!refused && at.now - acceptedSince < SETTLE_MS)
      return wait("the firewall to have the rule everywhere");
    return { do: "send", value: due };
  }
  if (!edge.deployed) return wait("CloudFront to be deployed");
  if (pending) return { do: "promote", from: current, to: pending };
  const age = at.now - at.changedAt;
  if (accepted.length > 1)
    return age < GRACE_MS ? wait("deployments that began before") : { do: "accept", values: needed };
  return age < ROTATE_MS ? wait("the next rotation") : { do: "make-pending" };
}

function wait(what: string): Step {
  return { do: "wait", for: what };
}
