/** What a rule is not applied to for a time, as the pack's configuration says it. */
import type { PolicyConfigSchema } from "@pulumi/policy";

export interface RuleException {
  /** A URN, or a resource's type and name: `aws:s3/bucket:Bucket::audit-files`. */
  readonly resource: string;
  /** A line of text. */
  readonly reason: string;
  /** The last day on which it holds, `YYYY-MM-DD`, UTC; at most 366 days from now. */
  readonly expires: string;
}

/** The part of a rule's configuration that holds its exceptions. */
export const EXCEPTIONS_SCHEMA: PolicyConfigSchema["properties"][string] = {
  type: "array",
  items: {
    type: "object",
    required: ["resource", "reason", "expires"],
    properties: {
      resource: { type: "string" },
      reason: { type: "string" },
      expires: { type: "string" },
    },
  },
  description:
    "Resources that the rule is not applied to for a time: `resource` (a URN, or `type::name`), `reason`, and `expires`, the last day (`YYYY-MM-DD`, UTC), within 366 days.",
};

const URN = /^urn:pulumi:.+::.+::.+::.+$/;
const TYPE_AND_NAME = /^[^:\s]+:[^:\s]+:[^:\s]+::\S+$/;
const MEMBERS = ["expires", "reason", "resource"];

/** An exception is renewed by whoever looks at it again. */
const MOST_DAYS = 366;
const DAY_MS = 86_400_000;

/**
 * Exceptions that are in force, and what is wrong with the others, one sentence each.
 * @param urns of all resources of the stack
 * @param today `YYYY-MM-DD`, UTC
 */
export function readExceptions(
  value: unknown,
  urns: readonly string[],
  today: string,
): { readonly inForce: readonly RuleException[]; readonly faults: readonly string[] } {
  if (value === undefined) return { inForce: [], faults: [] };
  if (!Array.isArray(value)) return { inForce: [], faults: ["exceptions: expected a list"] };
  const inForce: RuleException[] = [];
  const faults: string[] = [];
  (value as unknown[]).forEach((each, index) => {
    const fault = faultOf(each, today) ?? ambiguity(each as RuleException, urns);
    if (fault === undefined) inForce.push(each as RuleException);
    else faults.push(`exceptions[${index}]: ${fault}`);
  });
  return { inForce, faults };
}

function faultOf(each: unknown, today: string): string | undefined {
  if (typeof each !== "object" || each === null || Object.keys(each).sort().join() !== MEMBERS.join())
    return "expected an object of resource, reason and expires";
  const { resource, reason, expires } = each as Record<keyof RuleException, unknown>;
  if (typeof resource !== "string" || !(URN.test(resource) || TYPE_AND_NAME.test(resource)))
    return `resource ${JSON.stringify(resource)} is neither a URN nor type::name`;
  if (/[*?]/.test(resource)) return `resource ${JSON.stringify(resource)} has a wildcard: name one resource`;
  if (typeof reason !== "string" || !/\p{L}/u.test(reason)) return `${resource} has no reason`;
  // It is told in every run: nobody writes other lines of that.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(reason))
    return `${resource}: its reason has more than a line of text`;
  if (typeof expires !== "string" || !isDay(expires))
    return `${resource}: expires is ${JSON.stringify(expires)}, expected a day as 2027-01-31`;
  if (expires < today) return `${resource}: expired on ${expires} (${reason})`;
  if (Date.parse(expires) - Date.parse(today) > MOST_DAYS * DAY_MS)
    return `${resource}: expires on ${expires}, more than ${MOST_DAYS} days from now`;
  return undefined;
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  // JavaScript takes February 30 for March 1.
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(text);
}

/** A type and a name may be several components' resources at once. */
function ambiguity(exception: RuleException, urns: readonly string[]): string | undefined {
  const count = urns.filter((urn) => isFor(exception, urn)).length;
  return count > 1 ? `${exception.resource} is ${count} resources: name one by its URN` : undefined;
}

/** Whether an exception is for a resource. */
export function isFor({ resource }: RuleException, urn: string): boolean {
  if (resource.startsWith("urn:")) return resource === urn;
  // A name may hold `::` itself.
  const [, , types = "", ...name] = urn.split("::");
  return resource === `${types.split("$").at(-1) ?? ""}::${name.join("::")}`;
}

/** An exception, and how many violations it kept back. */
export interface UsedException extends RuleException {
  readonly rule: string;
  readonly kept: number;
}

const used: UsedException[] = [];

/** A rule tells what it did not report; the last rule of the pack lists it. */
export function note(exception: UsedException): void {
  used.push(exception);
}

/** All that was noted since the last call: that of one run, because rules run one after the other and the list comes last. */
export function takeNoted(): readonly UsedException[] {
  return used.splice(0);
}
