/** The solver's values as a concrete request, which the evaluator has to decide the same way. */
import { decide } from "../evaluate/decide.ts";
import type { AccountModel } from "../model/account.ts";
import { Decider } from "../prove/decider.ts";
import type { IamPart, Part } from "../prove/request.ts";
import type { AccessRequest, Context, Decision, Principal } from "../types.ts";
import type { Claim } from "./question.ts";
import type { Optional, SymbolicRequest, SymbolicValue } from "./request.ts";
import type { Text, Variable } from "./text.ts";

export interface Confirmed {
  readonly decision: Decision;
  readonly context: Context;
  readonly tags: Readonly<Record<string, string>>;
  /** A text of the model, with the ids that the solver chose. */
  readonly named: (text: string) => string;
  readonly part: Part;
}

type Values = ReadonlyMap<string, string | boolean>;

export function confirmed(
  claim: Claim,
  requests: readonly (SymbolicRequest | undefined)[],
  model: AccountModel,
  values: Values,
  { p, r, ids }: { readonly p: Variable; readonly r: Variable; readonly ids: readonly [string, string] },
): Confirmed | { readonly gap: string } {
  const text = (variable: Variable): string => String(values.get(variable.name) ?? "");
  const named = (of: string): string => of.replaceAll(ids[0], text(p)).replaceAll(ids[1], text(r));
  const real = <T>(of: T): T => (of === undefined ? of : (JSON.parse(named(JSON.stringify(of))) as T));
  const decider = new Decider(real(model));
  const { subject, request, question } = claim;
  const decisions = request.parts.map((part, i) => {
    const asked = requests[i];
    if (asked === undefined || part.by !== "iam")
      return { part, asked: undefined, decision: decider.ask(real(credentialsOf(subject)), real(part)) };
    const concrete = concreteOf(asked, real(subject.principal), values);
    return { part, asked: concrete, decision: decideOf(concrete, real(credentialsOf(subject)), real(part)) };
  });
  const what = `${request.action} on ${named(request.target.name)}`;
  const doubt = decisions.find(({ decision }) => decision.reason === "unsupported");
  if (doubt !== undefined) return { gap: `${what}: ${doubt.decision.detail}` };
  const refusal = decisions.find(({ decision }) => !decision.allowed);
  const agrees = question === "separation" ? refusal === undefined : refusal !== undefined;
  const told = (question === "liveness" ? refusal : decisions.at(-1)) ?? decisions[0];
  if (!agrees || told === undefined) {
    const details = decisions.map(({ decision }) => decision.detail).join("; ");
    return {
      gap: `${what}: solver and evaluator disagree for the ids ${text(p)} and ${text(r)} (the solver has it ${question === "separation" ? "allowed" : "refused"}; ${details})`,
    };
  }
  const first = decisions.find(({ asked }) => asked !== undefined)?.asked;
  return {
    decision: told.decision,
    context: first?.context ?? {},
    tags: first?.principal.kind === "role-session" ? first.principal.tags : {},
    named,
    part: real(told.part),
  };
}

const credentialsOf = ({ principal, identity, boundary }: Claim["subject"]) => ({
  principal,
  identity,
  boundary,
});

function decideOf(
  request: AccessRequest,
  { identity, boundary }: ReturnType<typeof credentialsOf>,
  { policies, mode }: IamPart,
): Decision {
  return decide(
    request,
    { identity, ...(boundary && { boundary }), ...(policies.length > 0 && { resource: policies }) },
    { resourcePolicyMode: mode },
  );
}

function concreteOf(asked: SymbolicRequest, principal: Principal, values: Values): AccessRequest {
  const textOf = (text: Text): string =>
    text.map((piece) => (typeof piece === "string" ? piece : String(values.get(piece.name) ?? ""))).join("");
  const isThere = ({ present }: Optional): boolean => present === "true" || values.get(present) === true;
  const given = (value: SymbolicValue): string | readonly string[] | undefined => {
    if (!("present" in value)) return value.filter(isThere).map((item) => textOf(item.value));
    return isThere(value) ? textOf(value.value) : undefined;
  };
  const present = <T>(entries: Iterable<readonly [string, T | undefined]>): Record<string, T> =>
    Object.fromEntries([...entries].filter((entry): entry is [string, T] => entry[1] !== undefined));
  return {
    principal:
      principal.kind === "role-session" && asked.principal.kind === "role-session"
        ? {
            ...principal,
            tags: present(
              [...asked.principal.tags].map(
                ([key, tag]) => [key, isThere(tag) ? textOf(tag.value) : undefined] as const,
              ),
            ),
          }
        : principal,
    action: asked.action,
    resource: textOf(asked.resource),
    resourceAccount: asked.resourceAccount,
    context: present([...asked.context].map(([key, value]) => [key, given(value)] as const)),
  };
}
