/** What a resource's own policy lets in: asked of the evaluator for callers and requests on either side of what it names. */
import type { PolicyResource } from "@pulumi/policy";
import {
  decide,
  type Context,
  type Decision,
  type PolicyDocument,
  type Principal,
  statementsOn,
} from "../isolation/index.ts";
import { oncePerClass } from "./classes.ts";
import {
  bare,
  readResourcePolicy,
  RESOURCE_POLICY_TYPES,
  statementsOf,
  UNKNOWN_ACCOUNT,
} from "./documents.ts";
import { ownerOf } from "./owner.ts";
import { whereOf } from "./place.ts";
import { contexts } from "./probe/contexts.ts";
import { type Literals, literalsOf } from "./probe/literals.ts";
import { type Request, requestsOf } from "./probe/requests.ts";
import { FRESH } from "./probe/values.ts";
import type { RuleInput } from "./rule.ts";

export interface Guarded {
  readonly resource: PolicyResource;
  readonly document: PolicyDocument;
  readonly literals: Literals;
  /** For each statement that allows: requests that it may speak of, and every combination of what it and all Denies ask of them. */
  readonly cases: readonly Case[];
  readonly account: string;
  readonly region: string;
}

export interface Case {
  /** The statement, and all Denies. */
  readonly part: PolicyDocument;
  readonly requests: readonly Request[];
  readonly contexts: readonly Context[];
}

/**
 * Calls `judge`, which tells faults, for each resource that has a policy of its own, and reports them and those whose policy can't be judged. A policy of the
 * platform's that is not known before its first deployment, because it names what is made in the same one, is judged at its end.
 * @param besides what the judgement depends on apart from the policy
 */
export function eachGuarded(
  rule: string,
  { stack }: RuleInput,
  report: (message: string, urn: string) => void,
  judge: (guarded: Guarded) => readonly string[],
  besides: readonly string[] = [],
): void {
  const { account, region } = whereOf(stack);
  for (const resource of stack.of(RESOURCE_POLICY_TYPES)) {
    const policy = readResourcePolicy(resource);
    if (policy.kind === "none") continue;
    if (policy.kind === "unproven") {
      if (!policy.pending || ownerOf(resource) !== undefined)
        report(`not proven: its policy ${policy.why}`, resource.urn);
      continue;
    }
    const { document, text } = policy;
    const faults = oncePerClass(
      rule,
      ownerOf(resource),
      [resource.type, account, region, text, ...besides],
      () => {
        const cases = casesOf(document);
        if (cases === undefined)
          return ["not proven: its policy has too many conditions to try every combination"];
        // What allows nothing lets nobody in.
        if (cases.length === 0) return [];
        return judge({ resource, document, literals: literalsOf(document), cases, account, region });
      },
    );
    for (const fault of faults) report(fault, resource.urn);
  }
}

const known = new WeakMap<PolicyDocument, readonly Case[]>();

/** @returns undefined if there are too many to try */
function casesOf(document: PolicyDocument): readonly Case[] | undefined {
  const before = known.get(document);
  if (before) return before;
  const all = statementsOf(document);
  const denies = all.filter(({ Effect }) => Effect === "Deny");
  const cases: Case[] = [];
  for (const statement of all) {
    if (statement.Effect !== "Allow") continue;
    const part: PolicyDocument = { ...document, Statement: [statement, ...denies] };
    const combinations = contexts(literalsOf(part));
    if (combinations === undefined) return undefined;
    // Of requests that no statement tells apart, one.
    const alike = Map.groupBy(requestsOf(part), ({ action, resource }) =>
      denies.length === 0 ? "" : `${statementsOn(part, action).join()} ${resource}`,
    );
    const requests = [...alike.values()].flatMap(([first]) => first ?? []);
    cases.push({ part, requests, contexts: combinations });
  }
  known.set(document, cases);
  return cases;
}

const EVERYTHING: PolicyDocument = {
  Version: "2012-10-17",
  Statement: { Sid: "Everything", Effect: "Allow", Action: "*", Resource: "*" },
};
const NOTHING: PolicyDocument = {
  Version: "2012-10-17",
  Statement: { Sid: "Nothing", Effect: "Allow", Action: `${FRESH}:Nothing`, Resource: "*" },
};

/** What the caller has besides: everything by policies of its own, or nothing, within a boundary that allows nothing. */
export type Besides = "everything" | "nothing";

/** Whether a policy lets a caller do something, and when: the first of its requests that is allowed. */
export function admitted(
  { document, cases, account, resource }: Guarded,
  principal: Principal,
  besides: Besides,
  among: (context: Context) => boolean = () => true,
): { readonly request: Request; readonly context: Context; readonly decision: Decision } | undefined {
  const required = resource.type === "aws:iam/role:Role" || resource.type.startsWith("aws:kms/");
  const mode = required ? { resourcePolicyMode: "required" as const } : {};
  const own =
    besides === "everything"
      ? { identity: [{ name: "an identity policy that allows everything", document: EVERYTHING }] }
      : { identity: [], boundary: { name: "a boundary that allows nothing", document: NOTHING } };
  const ask = (request: Request, context: Context, by: PolicyDocument): Decision =>
    decide(
      { principal, ...request, resourceAccount: account, context },
      { ...own, resource: [{ name: "its policy", document: by }] },
      mode,
    );
  for (const { part, requests, contexts: all } of cases)
    for (const request of requests) {
      const widest = ask(request, {}, bare(part));
      if (!widest.allowed && widest.reason !== "unsupported") continue;
      for (const context of all) {
        if (!among(context)) continue;
        const decision = ask(request, context, document);
        if (decision.allowed || decision.reason === "unsupported") return { request, context, decision };
      }
    }
  return undefined;
}

/** In words: what is allowed, and by what; or what is not understood. */
export function told(
  who: string,
  {
    request,
    context,
    decision,
  }: { readonly request: Request; readonly context: Context; readonly decision: Decision },
): string {
  const when = Object.entries(context).map(([key, value]) => `${key} is ${String(value)}`);
  const where = when.length > 0 ? ` when ${when.join(" and ")}` : "";
  return decision.allowed
    ? `${request.action} is allowed to ${who}${where} (${decision.detail})`
    : `not proven: whether ${request.action} is refused to ${who} (${decision.detail})`;
}

/** Whether what a context says can be said of another account's resource: nothing in it is this account's. */
export function canBeForeign(context: Context, account: string): boolean {
  return Object.values(context).every((value) =>
    (typeof value === "string" ? [value] : value).every(
      (text) => !text.includes(account) && !text.includes(UNKNOWN_ACCOUNT),
    ),
  );
}
