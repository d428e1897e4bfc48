/**
 * For all ids: what a class of tenants is apart by holds for every two ids of the grammar. One tenant of each of two classes is made
 * under an id that stands for any; what policies say of their requests becomes formulas over both ids, the caller's tag and everything
 * that a caller chooses; z3 looks for values that make a formula hold which must not.
 */
import { type Classes, pairOf, type TenantClass } from "../classes/index.ts";
import { PolicyError } from "../errors.ts";
import type { AccountModel, Role } from "../model/account.ts";
import type { Gap } from "../model/resource.ts";
import { Decider } from "../prove/decider.ts";
import { canonical, GRANTS, speaks } from "../prove/grants/index.ts";
import type { IamPart, Request } from "../prove/request.ts";
import { outsiders, reachOf, takes } from "../prove/sessions.ts";
import { kindOf, type Subject, TENANT_TAG } from "../prove/subject.ts";
import { requestsOf } from "../prove/space/index.ts";
import { notUnderstood } from "../prove/understood.ts";
import type { Counterexample } from "../report/verdict.ts";
import type { Claim } from "./question.ts";
import { Scope } from "./scope.ts";
import { type AnyTag, encode } from "./claim.ts";
import { confirmed, type Confirmed } from "./confirm.ts";
import { and, type Formula, literal, not, or } from "./formula.ts";
import { EncodingGap } from "./gap.ts";
import { allIdsCounterexample } from "./report.ts";
import { Solver } from "./solver.ts";
import { parametric, type StandIns } from "./pattern.ts";
import type { Text } from "./text.ts";

/** Stand for the id of the tenant whose principal it is, and of the tenant whose resource it is. No tenant may have these. */
const P = "zz9-principal-zz9";
const R = "zz9-resource-zz9";

/** Pairs of ids that are apart, or begin or end alike: for them most of what is wrong shows. */
const LIKELY: readonly (readonly [string, string])[] = [
  ["abc", "abcd"],
  ["abcd", "abc"],
  ["abc", "abc-d"],
  ["abc", "d-abc"],
  ["abc", "xyz"],
];

export interface AllIds {
  readonly counterexamples: readonly Counterexample[];
  readonly gaps: readonly Gap[];
  /** Questions that the solver answered. */
  readonly queries: number;
}

export async function proveForAllIds(classes: Classes): Promise<AllIds> {
  const solver = await Solver.start();
  try {
    const counterexamples: Counterexample[] = [];
    const gaps: Gap[] = [];
    for (const id of [P, R])
      if (classes.parts.has(id))
        gaps.push({ urn: "", what: `a tenant has the id ${id}, which the proof for all ids needs` });
    for (const one of classes.classes)
      for (const other of classes.classes) {
        const found = await ofPair(classes, one, other, solver);
        counterexamples.push(...found.counterexamples);
        gaps.push(...found.gaps);
      }
    return { counterexamples: distinct(counterexamples), gaps: distinctGaps(gaps), queries: solver.asked };
  } finally {
    await solver.close();
  }
}

async function ofPair(
  classes: Classes,
  one: TenantClass,
  other: TenantClass,
  solver: Solver,
): Promise<Omit<AllIds, "queries">> {
  const model = pairOf(classes, one.instance(P), other.instance(R));
  const counterexamples: Counterexample[] = [];
  const gaps: Gap[] = [];
  // A policy that is not understood is a gap of what the evaluator judges.
  if (notUnderstood(model).length > 0) return { counterexamples, gaps: notUnderstood(model) };
  for (const claim of claimsOf(model)) {
    try {
      const wrong = await refute(claim, model, solver);
      if (wrong === undefined) continue;
      if ("gap" in wrong) gaps.push({ urn: claim.request.target.urn, what: wrong.gap });
      else counterexamples.push(allIdsCounterexample(model, claim, wrong, [one.name, other.name]));
    } catch (error) {
      if (!(error instanceof EncodingGap || error instanceof PolicyError)) throw error;
      gaps.push({
        urn: claim.request.target.urn,
        what: `${claim.request.action} on ${claim.request.target.name} is not proven for all ids: ${error.message}`,
      });
    }
  }
  return { counterexamples, gaps };
}

/** Of one tenant's and the platform's sessions on the other tenant's resources; and of the other's on its own. */
export function* claimsOf(model: AccountModel): Generator<Claim> {
  const decider = new Decider(model);
  const { subjects } = reachOf(model, decider);
  const requests = requestsOf(model).filter(({ target }) => target.owner === R);
  const owners = subjects.filter(({ roleOf, tag }) => tag === R && (roleOf === R || roleOf === undefined));
  const seen = new Set<string>();
  for (const subject of [...subjects, ...outsiders(model)]) {
    // A tag that is neither of the two is one of those that the solver chooses from.
    if ((subject.tag !== undefined && subject.tag !== P) || subject.roleOf === R || !encodable(subject))
      continue;
    const tenants = subject.roleOf === P || subject.tag === P;
    // All sessions of one role at once: its tag is any but the owner's.
    const name = `${subject.role?.arn ?? subject.chain.join(" ")}${tenants ? " tagged" : ""}`;
    if (seen.has(name)) continue;
    seen.add(name);
    const any = tenants ? "caller's tag" : undefined;
    for (const request of requests) {
      if (GRANTS.some((grant) => speaks(grant, subject, request))) continue;
      if (subject.role === undefined && !isGuarded(subject, request)) continue;
      yield { question: "separation", subject, request, context: {}, any };
    }
    for (const role of model.roles.filter(({ owner }) => owner === R)) yield* becoming(model, subject, role);
  }
  for (const subject of owners)
    for (const request of requests)
      for (const grant of GRANTS.filter((each) => each.exception === undefined && each.optional !== true))
        if (speaks(grant, subject, request)) {
          const context = canonical(grant, request, model.where, subject);
          yield { question: "liveness", subject, request, context, any: undefined };
        }
}

const encodable = ({ principal }: Subject): boolean =>
  ["role-session", "service", "anonymous"].includes(principal.kind);

/** Callers from without are refused by what a resource says itself; what has no policy is its account's to guard. */
function isGuarded({ kind }: Subject, { parts: [first] }: Request): boolean {
  return kind !== "outside" && kind !== "stranger" && first?.by === "iam" && first.policies.length > 0;
}

/** Whoever takes a tenant's role by design takes it with its own tag; everybody else with none. */
function* becoming(model: AccountModel, subject: Subject, role: Role): Generator<Claim> {
  const claim = { question: "separation", subject, context: {} } as const;
  const meant = takes(subject.kind, kindOf(role, model.where.environment).kind);
  yield { ...claim, request: assuming(role, true), any: meant ? "other requested tag" : "requested tag" };
  // Services run as roles without a tag, each from this account: which of them may is judged by the evaluator.
  if (subject.principal.kind === "role-session")
    yield { ...claim, request: assuming(role, false), any: undefined };
}

/** With a tag it is a request of two actions. */
function assuming(role: Role, tagged: boolean): Request {
  const part = (action: string): IamPart => ({
    by: "iam",
    action,
    resource: role.arn,
    facts: tagged ? { "aws:TagKeys": [TENANT_TAG] } : {},
    policies: [role.trust],
    mode: "required",
  });
  const target = { kind: "role", owner: role.owner, tier: undefined, urn: role.urn, name: role.arn } as const;
  const parts = tagged ? [part("sts:AssumeRole"), part("sts:TagSession")] : [part("sts:AssumeRole")];
  return { target, action: "sts:AssumeRole", parts };
}

/** Values for which a claim is wrong, as a request that the evaluator decides the same way; or that the two disagree. */
async function refute(
  claim: Claim,
  model: AccountModel,
  solver: Solver,
): Promise<Confirmed | { readonly gap: string } | undefined> {
  const scope = new Scope();
  const p = scope.text("id");
  const r = scope.text("id");
  const standIns: StandIns = [
    { id: P, variable: p },
    { id: R, variable: r },
  ];
  const asserted: Formula[] = [claim.question === "separation" ? `(distinct ${p.name} ${r.name})` : "true"];
  let anyTag: AnyTag | undefined;
  const extra = new Map<string, { present: Formula; value: Text }>();
  if (claim.any !== undefined) {
    const tag = scope.text("id");
    if (claim.any !== "requested tag") asserted.push(`(distinct ${tag.name} ${r.name})`);
    const value = { present: claim.any === "caller's tag" ? scope.boolean() : "true", value: [tag] };
    if (claim.any === "caller's tag") anyTag = { key: TENANT_TAG, value };
    else extra.set(`aws:requesttag/${TENANT_TAG}`, value);
  }
  for (const [key, value] of Object.entries(claim.context))
    if (typeof value === "string")
      extra.set(key.toLowerCase(), { present: "true", value: parametric(value, standIns) });
  const { allowed, unsupported, requests } = encode(claim.subject, claim.request, model, standIns, scope, {
    ...(anyTag && { anyTag }),
    given: extra,
    // What is proven of one object is asked of every key.
    open: claim.question === "separation" && claim.request.target.kind === "objects",
  });
  const wrong = claim.question === "separation" ? or(allowed, unsupported) : not(allowed);
  const query = {
    texts: scope.texts,
    booleans: scope.booleans,
    asserted: [and(...asserted, ...scope.asserted, wrong)],
    likely: LIKELY.map(([one, other]) =>
      and(`(= ${p.name} ${literal(one)})`, `(= ${r.name} ${literal(other)})`),
    ),
  };
  const answer = await solver.ask(query);
  if (answer.outcome === "unsat") return undefined;
  const what = `${claim.request.action} on ${claim.request.target.name}`;
  if (answer.outcome === "unknown")
    return { gap: `${what} is not proven for all ids: the solver gave up (${answer.why})` };
  return confirmed(claim, requests, model, answer.values, {
    p,
    r,
    ids: [P, R],
  });
}

const distinct = (all: readonly Counterexample[]): readonly Counterexample[] => [
  ...new Map(all.map((each) => [each.summary, each])).values(),
];
const distinctGaps = (all: readonly Gap[]): readonly Gap[] => [
  ...new Map(all.map((each) => [`${each.urn}\n${each.what}`, each])).values(),
];
