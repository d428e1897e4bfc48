/** Asks the evaluator, with every context that policies could tell apart. */
import { decideCollectionAccess } from "../collections/access.ts";
import type { CompiledStatement } from "../evaluate/compile.ts";
import { decide } from "../evaluate/decide.ts";
import { factsOf } from "../evaluate/facts.ts";
import type { AccessPolicy, AccountModel, PlacedPolicy } from "../model/account.ts";
import { decideIndexAccess, type IndexDecision } from "../opensearch/access.ts";
import type { AccessRequest, Context, Decision, Principal } from "../types.ts";
import { contextsFor, mayAllow, relevant } from "./contexts.ts";
import type { IamPart, Part } from "./request.ts";

/** What a caller's own policies are; the real ones, or what an ablation puts in their place. */
export interface Credentials {
  readonly principal: Principal;
  readonly identity: readonly PlacedPolicy[];
  readonly boundary: PlacedPolicy | undefined;
}

export interface Outcome {
  readonly decision: Decision;
  readonly context: Context;
}

/** Decisions of one account. Counts them. */
export class Decider {
  readonly model: AccountModel;
  decisions = 0;
  /** What the evaluator did not understand, once each. */
  readonly doubts = new Set<string>();

  readonly #access = new Map<string, readonly AccessPolicy[]>();
  #unread: readonly AccessPolicy[] | undefined;

  constructor(model: AccountModel) {
    this.model = model;
  }

  /** Every context in which a part allows, with its decision. */
  *allowed(who: Credentials, part: Part): Generator<Outcome> {
    if (part.by !== "iam") {
      const decision = this.#store(who.principal, part);
      if (decision.allowed) yield { decision, context: {} };
      return;
    }
    for (const context of this.#contextsOf(who, part)) {
      const decision = this.#iam(who, part, context);
      if (decision.allowed) yield { decision, context };
    }
  }

  /** One request with one context. */
  ask(who: Credentials, part: Part, context: Context = {}): Decision {
    return part.by === "iam" ? this.#iam(who, part, context) : this.#store(who.principal, part);
  }

  #iam(who: Credentials, part: IamPart, context: Context): Decision {
    this.decisions += 1;
    const { account } = this.model.where;
    const decision = decide(
      requestOf(who.principal, part, { ...context, ...part.facts }, account),
      {
        identity: who.identity,
        ...(who.boundary === undefined ? {} : { boundary: who.boundary }),
        ...(part.policies.length > 0 ? { resource: part.policies } : {}),
      },
      { resourcePolicyMode: part.mode },
    );
    if (decision.reason === "unsupported") this.doubts.add(decision.detail);
    return decision;
  }

  #store(principal: Principal, part: Exclude<Part, IamPart>): Decision {
    const roleArn = principal.kind === "role-session" ? principal.roleArn : "";
    const none: Decision = { allowed: false, reason: "implicit-deny", detail: "only roles are let in" };
    if (roleArn === "") return none;
    this.decisions += 1;
    if (part.by === "collection") {
      const decision = decideCollectionAccess({ roleArn, ...part }, this.#accessFor(roleArn));
      if (decision.reason === "unsupported") this.doubts.add(decision.detail);
      return decision;
    }
    return this.engine(roleArn, part);
  }

  engine(roleArn: string, part: Exclude<Part, IamPart | { by: "collection" }>): IndexDecision {
    const domain = this.model.domains.find(({ name }) => name === part.domain);
    const none: Decision = { allowed: false, reason: "implicit-deny", detail: "there is no such domain" };
    if (domain === undefined) return none;
    if (domain.masters.includes(roleArn))
      return { allowed: true, reason: "allowed", detail: "the engine's master may do anything" };
    const { action, index, aliases } = part;
    const decision = decideIndexAccess({ roleArn, action, index, aliases }, mapped(domain.security, roleArn));
    if (decision.reason === "unsupported") this.doubts.add(decision.detail);
    return decision;
  }

  /** Data-access policies that name a role, and those that can't be read: others say nothing of it. */
  #accessFor(roleArn: string): readonly AccessPolicy[] {
    const known = this.#access.get(roleArn);
    if (known !== undefined) return known;
    const nobody = {
      roleArn: "arn:aws:iam::000000000000:role/nobody",
      resourceType: "index",
      resource: "index/nothing/nothing",
      permission: "aoss:ReadDocument",
    } as const;
    this.#unread ??= this.model.accessPolicies.filter(
      (policy) => decideCollectionAccess(nobody, [policy]).reason === "unsupported",
    );
    const unread = this.#unread;
    const found = this.model.accessPolicies.filter(
      (policy) => policy.document.includes(`"${roleArn}"`) || unread.includes(policy),
    );
    this.#access.set(roleArn, found);
    return found;
  }

  /** None where no statement that could speak of the request allows it, whatever the context. */
  #contextsOf({ principal, identity, boundary }: Credentials, part: IamPart): readonly Context[] {
    const { account } = this.model.where;
    const action = part.action.toLowerCase();
    const root = principal.kind === "root";
    if (
      !root &&
      !mayAllow(part.policies, action) &&
      (part.mode === "required" || !mayAllow(identity, action))
    )
      return [];
    const facts = factsOf(requestOf(principal, part, part.facts, account));
    const by = (policies: readonly PlacedPolicy[], ofResource = false): readonly CompiledStatement[] =>
      relevant(policies, ofResource, part, principal, facts);
    const allows = (statements: readonly CompiledStatement[]): boolean =>
      statements.some(({ effect }) => effect === "Allow");
    const resource = by(part.policies, true);
    if (
      !allows(resource) &&
      (part.mode === "required" || ("account" in principal && principal.account !== account))
    )
      return [];
    const own = by(identity);
    const limit = boundary === undefined ? [] : by([boundary]);
    if (!allows(resource) && !root && (!allows(own) || (boundary !== undefined && !allows(limit)))) return [];
    return contextsFor([...resource, ...own, ...limit], part, facts, (what) => this.doubts.add(what));
  }
}

/** What an engine's roles say of one caller: the rest of them is not read again for each. */
const byRole = new WeakMap<object, Map<string, { roles: object; mappings: object }>>();
function mapped(
  security: Parameters<typeof decideIndexAccess>[1],
  roleArn: string,
): Parameters<typeof decideIndexAccess>[1] {
  const known = byRole.get(security) ?? new Map<string, { roles: object; mappings: object }>();
  byRole.set(security, known);
  const made = known.get(roleArn);
  if (made !== undefined) return made as Parameters<typeof decideIndexAccess>[1];
  const names = Object.entries(security.mappings).flatMap(([name, mapping]) => {
    const { backend_roles: backend, ...more } = mapping as { backend_roles?: unknown };
    const literal =
      Object.keys(more).length === 0 &&
      Array.isArray(backend) &&
      backend.every((each) => typeof each === "string" && !/[*?$/]{2}|[*?$]|^\//.test(each));
    // What is not a list of plain names is for the evaluator to refuse.
    return literal && !(backend as readonly string[]).includes(roleArn) ? [] : [name];
  });
  const only = (all: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    Object.fromEntries(names.flatMap((name) => (Object.hasOwn(all, name) ? [[name, all[name]]] : [])));
  const own = { roles: only(security.roles), mappings: only(security.mappings) };
  known.set(roleArn, own);
  return own;
}

function requestOf(principal: Principal, part: IamPart, context: Context, account: string): AccessRequest {
  const { action, resource } = part;
  // A role's unique id is in no policy document; any text stands for it.
  const full = { "aws:userid": "AROAUNKNOWN0000000000:session", ...context };
  return { principal, action, resource, resourceAccount: account, context: full };
}
