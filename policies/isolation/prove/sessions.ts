/**
 * Who can become whom: every role's session, by AssumeRole from every other, with any tags that trust lets pass. What is not meant to
 * be is a counterexample; whatever is possible is a subject of the rest of the proof.
 */
import { compile } from "../evaluate/compile.ts";
import { matchPrincipal } from "../evaluate/principal.ts";
import type { AccountModel, Role } from "../model/account.ts";
import type { Context } from "../types.ts";
import type { Decider, Outcome } from "./decider.ts";
import type { IamPart } from "./request.ts";
import { EVERYTHING, kindOf, outsideRole, sessionOf, type Subject, TENANT_TAG } from "./subject.ts";

/** A way from one identity to a role's session. */
export interface Step {
  readonly from: Subject;
  readonly role: Role;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitive: boolean;
  readonly outcome: Outcome;
}

export interface Reach {
  /** Every session that there can be. */
  readonly subjects: readonly Subject[];
  /** Ways that are not meant to be. */
  readonly strange: readonly Step[];
  /** Ways that are, by the role's ARN and the tag. */
  readonly meant: readonly Step[];
}

/** Which services run as a role of a kind. Others may take no role. */
const SERVICES: readonly (readonly [kind: RegExp, service: string])[] = [
  [/^fn\./, "lambda.amazonaws.com"],
  [/^kb(--reference)?$/, "bedrock.amazonaws.com"],
  [/^model-log$/, "bedrock.amazonaws.com"],
  [/^agent$/, "bedrock-agentcore.amazonaws.com"],
  [/^agent-build$/, "codebuild.amazonaws.com"],
  [/-schedule$/, "scheduler.amazonaws.com"],
  [/^trail$/, "cloudtrail.amazonaws.com"],
  [/^flow-log$/, "vpc-flow-logs.amazonaws.com"],
  [/^claims-monitoring$/, "monitoring.rds.amazonaws.com"],
];

/** A function takes a role that its maker passed to it: nobody else's function can. */
const TAKES_ONLY_PASSED: ReadonlySet<string> = new Set(["lambda.amazonaws.com"]);

/** Roles that people take, whom the stack's settings name. */
const OF_PEOPLE = /^operator\./;

const OTHER_ACCOUNT = "999999999999";

export function reachOf(model: AccountModel, decider: Decider): Reach {
  const subjects = new Map<string, Subject>();
  const strange: Step[] = [];
  const meant: Step[] = [];
  const queue: Subject[] = [];
  const add = (subject: Subject): void => {
    const tags = "tags" in subject.principal ? subject.principal.tags : {};
    const key = `${subject.role?.arn ?? ""} ${JSON.stringify(tags)}`;
    if (subjects.has(key)) return;
    subjects.set(key, subject);
    queue.push(subject);
  };
  // Whoever runs as a role by itself: a service. A role that nobody can enter is tried all the same, without a tag.
  for (const role of model.roles) add(sessionOf(model, role, {}, [role.arn]));
  const outside = outsiders(model);
  const tries = new Map(model.roles.map((role) => [role.urn, tagSets(model, role)]));
  for (let at = -outside.length; at < queue.length; at += 1) {
    const from = at < 0 ? outside[at + outside.length] : queue[at];
    if (from === undefined) continue;
    for (const role of model.roles) {
      if (!trusts(role, from)) continue;
      for (const { tags, transitive } of tries.get(role.urn) ?? []) {
        const outcome = assume(decider, from, role, tags, transitive);
        if (outcome === undefined) continue;
        const step = { from, role, tags, transitive, outcome };
        if (isMeant(model, step)) meant.push(step);
        else strange.push(step);
        // Tags that pass on by themselves stay what they were.
        add(sessionOf(model, role, tags, [...from.chain, role.arn]));
      }
    }
  }
  return { subjects: [...subjects.values()], strange, meant };
}

/** Callers from without: another account's, anyone, services, and whom this stack's policies name without having made them. */
export function outsiders(model: AccountModel): readonly Subject[] {
  const { account, partition } = model.where;
  const made = new Set(model.roles.map(({ arn }) => arn));
  const named = new Set(
    [
      ...model.roles.map(({ trust }) => trust),
      ...model.buckets.flatMap(({ policy }) => policy ?? []),
      ...model.keys.flatMap(({ policy }) => policy ?? []),
    ]
      .flatMap(({ document }) => compile(document))
      .flatMap(({ principal, notPrincipal }) => [...(principal?.arns ?? []), ...(notPrincipal?.arns ?? [])])
      .filter((arn) => !made.has(arn)),
  );
  const services = new Set(
    model.roles.flatMap(({ trust }) =>
      compile(trust.document).flatMap(({ principal }) => [...(principal?.services ?? [])]),
    ),
  );
  const tenant = model.tenants[0]?.id;
  const tags = [{}, ...(tenant === undefined ? [] : [{ [TENANT_TAG]: tenant }])];
  const service = (name: string): Subject => ({
    principal: { kind: "service", service: name },
    kind: "service",
    tenant: undefined,
    roleOf: undefined,
    tag: undefined,
    identity: [],
    boundary: undefined,
    chain: [name],
    role: undefined,
  });
  return [
    ...tags.flatMap((tagged) => [
      outsideRole(
        `arn:${partition}:iam::${OTHER_ACCOUNT}:role/stranger`,
        "other-account",
        tagged,
        OTHER_ACCOUNT,
      ),
      outsideRole(
        `arn:${partition}:iam::${OTHER_ACCOUNT}:user/stranger`,
        "other-account",
        tagged,
        OTHER_ACCOUNT,
      ),
      outsideRole(`arn:${partition}:iam::${account}:role/stranger`, "stranger", tagged, account),
    ]),
    ...[...named].map((arn) => outsideRole(arn, "outside", {}, /::(\d{12}):/.exec(arn)?.[1] ?? account)),
    {
      ...service(""),
      principal: { kind: "root", account: OTHER_ACCOUNT },
      identity: [EVERYTHING],
      kind: "other-account",
      chain: [`account ${OTHER_ACCOUNT}`],
    },
    { ...service(""), principal: { kind: "anonymous" }, kind: "anonymous", chain: ["anyone"] },
    ...[...services, "ec2.amazonaws.com"].map(service),
  ];
}

/** Tags that may tell trust apart: own, other tenants', ones that collide by their beginning, none, in another case, with others. */
function tagSets(
  model: AccountModel,
  role: Role,
): readonly { tags: Readonly<Record<string, string>>; transitive: boolean }[] {
  const { tenant } = kindOf(role, model.where.environment);
  const own = tenant ?? role.owner ?? model.tenants[0]?.id ?? "tenant";
  const others = model.tenants.map(({ id }) => id).filter((id) => id !== own);
  // A role that serves all tenants by their tags has as many sessions: few of no tenant's stand for the rest.
  const near =
    tenant === undefined && role.owner === undefined
      ? [`${own}-2`, "*"]
      : [`${own}-2`, own.slice(0, -1), own.toUpperCase(), "*", ""];
  const values = new Set([own, ...others, ...near]);
  const once = (tags: Readonly<Record<string, string>>) => ({ tags, transitive: false });
  return [
    once({}),
    ...[...values].map((value) => once({ [TENANT_TAG]: value })),
    once({ Tenant_ID: own }),
    once({ [TENANT_TAG]: own, department: "any" }),
    once({ department: "any" }),
    { tags: { [TENANT_TAG]: own }, transitive: true },
  ];
}

function trusts(role: Role, { principal }: Subject): boolean {
  return compile(role.trust.document).some((statement) => {
    if (statement.effect !== "Allow" || statement.principal === undefined)
      return statement.effect === "Allow";
    try {
      return matchPrincipal(statement.principal, principal) !== undefined;
    } catch {
      return true;
    }
  });
}

function assume(
  decider: Decider,
  from: Subject,
  role: Role,
  tags: Readonly<Record<string, string>>,
  transitive: boolean,
): Outcome | undefined {
  const [taking, tagging] = assumeParts(role, tags, transitive);
  const strange = (outcomes: Iterable<Outcome>): Outcome | undefined => {
    let first: Outcome | undefined;
    for (const outcome of outcomes) {
      first ??= outcome;
      // Of all contexts, one that shows another account's service at work tells most.
      if (
        from.principal.kind !== "service" ||
        outcome.context["aws:sourceaccount"] !== decider.model.where.account
      )
        return outcome;
    }
    return first;
  };
  const assumed = strange(decider.allowed(from, taking));
  if (assumed === undefined || tagging === undefined) return assumed;
  return strange(decider.allowed(from, tagging)) && assumed;
}

/** What is decided where a role is taken: who passes tags needs both. */
export function assumeParts(
  role: Role,
  tags: Readonly<Record<string, string>>,
  transitive: boolean,
): readonly [taking: IamPart] | readonly [taking: IamPart, tagging: IamPart] {
  const keys = Object.keys(tags);
  const facts: Context = {
    ...Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, tags[key] ?? ""])),
    ...(keys.length > 0 ? { "aws:TagKeys": keys } : {}),
    ...(transitive ? { "sts:TransitiveTagKeys": keys } : {}),
    ...Object.fromEntries(Object.entries(role.tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
  };
  const part = (action: string): IamPart => ({
    by: "iam",
    action,
    resource: role.arn,
    facts,
    policies: [role.trust],
    mode: "required",
  });
  return keys.length === 0 ? [part("sts:AssumeRole")] : [part("sts:AssumeRole"), part("sts:TagSession")];
}

/** Which of the platform's roles take which of tenants', each with that tenant's tag. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  "fn.broker": ["data", "members"],
  "fn.ingest": ["ingest"],
};

/** @param from kind of who takes a role; @param kind of the role */
export const takes = (from: string, kind: string): boolean => TAKES[from]?.includes(kind) ?? false;

/** The ways that are meant: services into their own roles, the broker and the ingest function into tenants', people into theirs. */
function isMeant(model: AccountModel, { from, role, tags, transitive, outcome }: Step): boolean {
  const { kind, tenant } = kindOf(role, model.where.environment);
  const keys = Object.keys(tags);
  if (from.principal.kind === "service") {
    const service = from.principal.service;
    if (keys.length > 0 || !SERVICES.some(([of, name]) => name === service && of.test(kind))) return false;
    return TAKES_ONLY_PASSED.has(service) || outcome.context["aws:sourceaccount"] === model.where.account;
  }
  if (from.kind === "outside") return OF_PEOPLE.test(kind) && keys.length === 0;
  if (takes(from.kind, kind)) {
    const one = keys.length === 1 && keys[0] === TENANT_TAG && !transitive && from.tag === undefined;
    return one && (tenant === undefined || tags[TENANT_TAG] === tenant);
  }
  // Break-glass may do what the account's administrator may; what tenants' roles say of it is asked of them.
  return from.kind === "operator.break-glass" && tenant === undefined && kind !== "members";
}
