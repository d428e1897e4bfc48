/**
 * The request space that mutants are compared over: every session that can be reached, untagged ones, callers from without; all
 * requests of the proof, every way to become a role, and requests for what neighbours of tenants' ids would own.
 */
import type { AccountModel } from "../../../policies/isolation/model/account.ts";
import { controlRequests } from "../../../policies/isolation/prove/control.ts";
import type { Part, Request, TargetKind } from "../../../policies/isolation/prove/request.ts";
import { assumeParts, outsiders, reachOf } from "../../../policies/isolation/prove/sessions.ts";
import { requestsOf } from "../../../policies/isolation/prove/space/index.ts";
import { ACTOR } from "../../../policies/isolation/prove/space/memories.ts";
import type { Context } from "../../../policies/isolation/types.ts";
import {
  arnOf,
  outsideRole,
  sessionOf,
  type Subject,
  tagsOf,
} from "../../../policies/isolation/prove/subject.ts";
import { MUTATED, renamed } from "./account.ts";
import { RememberingDecider } from "./memory.ts";

/** Ids that are mistaken for another: that begin or end so, that go on. */
const near = (id: string): readonly string[] => [`${id}-22`, `${id}x`, id.slice(0, -1), `x-${id}`];

const TAG = "tenant_id";

export class World {
  readonly decider: RememberingDecider;
  readonly subjects: ReadonlyMap<string, Subject>;
  readonly requests: ReadonlyMap<string, Request>;
  /** What decides besides IAM: a request to a store is another one where this is. */
  readonly stores: string;

  constructor(model: AccountModel) {
    this.decider = new RememberingDecider(model);
    this.subjects = new Map(subjectsOf(model, this.decider));
    this.requests = new Map(everythingAsked(model));
    this.stores = JSON.stringify([
      model.domains.map(({ security, masters }) => [security, masters]),
      model.accessPolicies.map(({ document }) => document),
    ]);
  }
}

/** By who it is and not by what tags make of him: those may be what a mutant changes. */
function subjectsOf(
  model: AccountModel,
  decider: RememberingDecider,
): readonly (readonly [string, Subject])[] {
  const reach = reachOf(model, decider);
  const session = (arn: string, tags: Readonly<Record<string, string>>, chain: readonly string[]) =>
    model.roles
      .filter((role) => role.arn === arn)
      .map((role) => [`${arn} ${JSON.stringify(tags)}`, sessionOf(model, role, tags, chain)] as const);
  const { account, partition, environment } = model.where;
  const neighbours = [...MUTATED].flatMap((id) =>
    near(id).map((tag) =>
      outsideRole(
        `arn:${partition}:iam::${account}:role/bulkhead.${environment}.data.${tag}`,
        "stranger",
        { [TAG]: tag },
        account,
      ),
    ),
  );
  return [
    ...[...reach.meant, ...reach.strange].flatMap(({ from, role, tags }) =>
      session(role.arn, tags, [...from.chain, role.arn]),
    ),
    ...model.roles.flatMap(({ arn }) => session(arn, {}, [arn])),
    ...[...outsiders(model), ...neighbours].map(
      (subject) => [`${arnOf(subject)} ${JSON.stringify(tagsOf(subject))}`, subject] as const,
    ),
  ];
}

/** Each by what is asked: what a mutant changes of the answer is no part of it. */
export function everythingAsked(model: AccountModel): readonly (readonly [key: string, Request])[] {
  const asked = requestsOf(model);
  return [
    ...[...asked, ...controlRequests(model), ...becoming(model)].map(
      (request) => [keyOf(request), request] as const,
    ),
    ...asked.flatMap(beside),
  ];
}

/** Facts that are a part of what is asked; the others are the resource's, which a mutant may change. */
const ASKED = new RegExp(`^(aws:(RequestTag|TagKeys)|sts:|${ACTOR}$)`);

const keyOf = ({ action, parts }: Request): string =>
  `${action} ${parts
    .map((part) => {
      if (part.by === "engine") return part.index;
      if (part.by === "collection") return part.resource;
      const { "dynamodb:LeadingKeys": leading, ...facts } = part.facts;
      const asked = Object.entries(facts).filter(([key]) => ASKED.test(key));
      return JSON.stringify([part.resource, leading, asked]);
    })
    .join(" ")}`;

/** The same of what a tenant of an id that is near would own; what has a policy of its own would have another, which is not known. */
function beside(request: Request): readonly (readonly [key: string, Request])[] {
  const { owner } = request.target;
  if (owner === undefined || !MUTATED.has(owner)) return [];
  return near(owner).map((id) => {
    const target = { ...request.target, owner: id, name: renamed(request.target.name, owner, id) };
    const parts = request.parts.map((part) => partBeside(part, request.target.kind, owner, id));
    // An ARN with a generated id does not tell whose it is.
    return [`${id}: ${keyOf({ ...request, parts })}`, { ...request, target, parts }];
  });
}

function partBeside(part: Part, kind: TargetKind, owner: string, id: string): Part {
  if (part.by === "engine")
    return {
      ...part,
      index: renamed(part.index, owner, id),
      aliases: part.aliases.map((alias) => renamed(alias, owner, id)),
    };
  const resource = renamed(part.resource, owner, id);
  if (part.by === "collection") return { ...part, resource };
  const facts = JSON.parse(renamed(JSON.stringify(part.facts), owner, id)) as Context;
  const isShared = resource === part.resource && kind !== "key";
  return { ...part, resource, facts, ...(isShared ? {} : { policies: [], mode: "optional" as const }) };
}

/** Every role, with tags of each tenant, of nobody, of neighbours, in another case, with more, passed on. */
function becoming(model: AccountModel): readonly Request[] {
  const ids = model.tenants.map(({ id }) => id);
  return model.roles.flatMap((role) => {
    const own = ids.filter((id) => role.owner === undefined || role.owner === id);
    const tagSets: readonly (readonly [tags: Readonly<Record<string, string>>, transitive: boolean])[] = [
      [{}, false],
      ...[...new Set([...ids, ...own.flatMap(near), "*", ""])].map((id) => [{ [TAG]: id }, false] as const),
      ...own.flatMap((id) => [
        [{ Tenant_ID: id }, false] as const,
        [{ [TAG]: id, department: "any" }, false] as const,
        [{ [TAG]: id }, true] as const,
      ]),
    ];
    return tagSets.map(([tags, transitive]): Request => ({
      action: "sts:AssumeRole",
      target: { kind: "role", owner: role.owner, tier: undefined, urn: role.urn, name: role.arn },
      parts: assumeParts(role, tags, transitive),
    }));
  });
}
