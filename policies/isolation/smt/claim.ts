/** A request of the proof, made for two tenants that stand for any two, as a formula over their ids and all that a caller chooses. */
import { compile, statementsOn } from "../evaluate/compile.ts";
import type { AccountModel, PlacedPolicy } from "../model/account.ts";
import type { IamPart, Part, Request } from "../prove/request.ts";
import { variablesIn } from "../prove/variables.ts";
import type { Principal } from "../types.ts";
import { symbolicDecision } from "./decision.ts";
import { and, FALSE, type Formula, or, TRUE } from "./formula.ts";
import { EncodingGap } from "./gap.ts";
import { parametric, type StandIns } from "./pattern.ts";
import type { Optional, SymbolicPrincipal, SymbolicRequest, SymbolicValue } from "./request.ts";
import type { Scope } from "./scope.ts";
import { collectionAccess, engineAccess } from "./stores.ts";
import type { Text } from "./text.ts";

export interface Caller {
  readonly principal: Principal;
  readonly identity: readonly PlacedPolicy[];
  readonly boundary: PlacedPolicy | undefined;
}

/** A caller whose tag the solver chooses: absent, or any tenant's. */
export interface AnyTag {
  readonly key: string;
  readonly value: Optional;
}

export interface Encoded {
  readonly allowed: Formula;
  readonly unsupported: Formula;
  /** What each part's request is made of, for a concrete one. */
  readonly requests: readonly (SymbolicRequest | undefined)[];
}

export interface Openness {
  readonly anyTag?: AnyTag;
  /** Keys of the context that are given, in lower case. */
  readonly given: ReadonlyMap<string, Optional>;
  /** Whether the last part of the resource's path is any text. */
  readonly open: boolean;
}

/** All parts must allow. @throws EncodingGap, PolicyError */
export function encode(
  caller: Caller,
  { parts }: Request,
  model: AccountModel,
  standIns: StandIns,
  scope: Scope,
  { anyTag, given, open }: Openness,
): Encoded {
  const principal = symbolicPrincipal(caller.principal, standIns, anyTag);
  const requests: (SymbolicRequest | undefined)[] = [];
  const decided = parts.map((part): { allowed: Formula; unsupported: Formula } => {
    if (part.by === "iam" && !mayAllow(caller, part)) {
      requests.push(undefined);
      return { allowed: FALSE, unsupported: FALSE };
    }
    if (part.by !== "iam") {
      requests.push(undefined);
      if (principal.kind !== "role-session") return { allowed: FALSE, unsupported: FALSE };
      return { allowed: ofStore(principal.roleArn, part, model, standIns), unsupported: FALSE };
    }
    const asked = requestOf(principal, caller, part, model, standIns, scope, given);
    const request = open ? { ...asked, resource: anyObject(part.resource, standIns, scope) } : asked;
    requests.push(request);
    return symbolicDecision(
      request,
      {
        identity: caller.identity,
        ...(caller.boundary && { boundary: caller.boundary }),
        ...(part.policies.length > 0 && { resource: part.policies }),
      },
      standIns,
      { mode: part.mode, brief: true },
    );
  });
  const possible = and(...decided.map(({ allowed, unsupported }) => or(allowed, unsupported)));
  return {
    allowed: and(...decided.map(({ allowed }) => allowed)),
    unsupported: and(possible, or(...decided.map(({ unsupported }) => unsupported))),
    requests,
  };
}

function ofStore(
  roleArn: Text,
  part: Exclude<Part, IamPart>,
  model: AccountModel,
  standIns: StandIns,
): Formula {
  if (part.by === "collection") return collectionAccess(roleArn, part, model.accessPolicies, standIns);
  const domain = model.domains.find(({ name }) => name === part.domain);
  return domain === undefined ? FALSE : engineAccess(roleArn, part, domain, standIns);
}

function symbolicPrincipal(
  principal: Principal,
  standIns: StandIns,
  anyTag: AnyTag | undefined,
): SymbolicPrincipal {
  switch (principal.kind) {
    case "role-session": {
      const tags = new Map<string, Optional>();
      for (const [key, value] of Object.entries(principal.tags))
        tags.set(key.toLowerCase(), { present: TRUE, value: parametric(value, standIns) });
      if (anyTag !== undefined) tags.set(anyTag.key, anyTag.value);
      const { kind, account } = principal;
      const [roleArn, sessionArn] = [principal.roleArn, principal.sessionArn].map((arn) =>
        parametric(arn, standIns),
      ) as [Text, Text];
      return { kind, account, roleArn, sessionArn, tags };
    }
    case "service":
    case "anonymous":
      return principal;
    case "user":
    case "root":
    case "federated":
      throw new EncodingGap(`a caller that is a ${principal.kind}`);
  }
}

/** Keys that follow from the caller. */
const OF_THE_CALLER =
  /^aws:(?:principal(?:arn|account|type|isawsservice|servicename|servicenameslist|tag\/.*)|username|userid|resourceaccount)$/;
/** Facts of a resource or of a request: where they are not given, the request has none. */
const FACTS =
  /^(?:aws:(?:resourcetag|requesttag)\/.*|aws:tagkeys|sts:transitivetagkeys|kms:resourcealiases|aoss:collection|dynamodb:leadingkeys|bedrock:inferenceprofilearn|bedrock-agentcore:actorid)$/;

interface Use {
  boolean: boolean;
  /** Conditions that ask about values of a list: so many values at most are needed to make all of them hold or fail. */
  readonly qualified: Set<string>;
}

function requestOf(
  principal: SymbolicPrincipal,
  { identity, boundary }: Caller,
  part: IamPart,
  model: AccountModel,
  standIns: StandIns,
  scope: Scope,
  given: ReadonlyMap<string, Optional>,
): SymbolicRequest {
  const context = new Map<string, SymbolicValue>(given);
  const optional = (text: string): Optional => ({ present: TRUE, value: parametric(text, standIns) });
  for (const [key, value] of Object.entries(part.facts))
    if (value.length > 0)
      context.set(key.toLowerCase(), typeof value === "string" ? optional(value) : value.map(optional));
  const policies = [...identity, ...(boundary ? [boundary] : []), ...part.policies];
  for (const [key, use] of freeKeys(policies, part.action))
    if (!context.has(key)) context.set(key, freeValue(use, scope));
  return {
    principal,
    action: part.action,
    resource: parametric(part.resource, standIns),
    resourceAccount: model.where.account,
    context,
  };
}

/** Whether any Allow speaks of the action at all: most requests end here. */
function mayAllow({ identity }: Caller, { action, policies }: IamPart): boolean {
  return [...identity, ...policies].some(({ document }) =>
    statementsOn(document, action).some((i) => [document.Statement].flat()[i]?.Effect === "Allow"),
  );
}

/** Every object of the bucket, whatever its key. */
function anyObject(arn: string, standIns: StandIns, scope: Scope): Text {
  const [bucket = ""] = arn.split("/");
  return [...parametric(bucket, standIns), "/", scope.text("text")];
}

function freeValue({ boolean, qualified }: Use, scope: Scope): SymbolicValue {
  const one = (): Optional => {
    const variable = scope.text("text");
    if (boolean) scope.asserted.push(`(or (= ${variable.name} "true") (= ${variable.name} "false"))`);
    return { present: scope.boolean(), value: [variable] };
  };
  return qualified.size === 0 ? one() : Array.from(qualified, one);
}

/** Keys that policies ask about when it comes to an action, and a caller chooses: in conditions, and in variables of what they compare with. */
function freeKeys(policies: readonly PlacedPolicy[], action: string): ReadonlyMap<string, Use> {
  const uses = new Map<string, Use>();
  const useOf = (key: string): Use | undefined => {
    if (OF_THE_CALLER.test(key) || FACTS.test(key)) return undefined;
    const use = uses.get(key) ?? { boolean: false, qualified: new Set() };
    uses.set(key, use);
    return use;
  };
  const statements = policies.flatMap(({ document }) => {
    const all = compile(document);
    return statementsOn(document, action).flatMap((i) => all[i] ?? []);
  });
  for (const { conditions, resources } of statements) {
    for (const text of resources) for (const key of variablesIn(text)) useOf(key);
    for (const { operator, key, values } of conditions) {
      for (const text of values) for (const variable of variablesIn(text)) useOf(variable);
      const use = useOf(key.toLowerCase());
      if (use === undefined) continue;
      use.boolean ||= /^(?:For\w+:)?Bool/.test(operator);
      if (operator.includes(":")) use.qualified.add(`${operator} ${JSON.stringify(values)}`);
    }
  }
  return uses;
}
