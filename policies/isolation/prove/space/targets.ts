/** Whose something is, and requests that are decided by IAM alone. */
import type { AccountModel, Owned, PlacedPolicy, Tagged } from "../../model/account.ts";
import type { Context } from "../../types.ts";
import type { IamPart, Request, Target, TargetKind } from "../request.ts";

/** A target, with the tier of whose it is. */
export type TargetOf = (kind: TargetKind, of: Pick<Owned, "urn" | "owner">, name: string) => Target;

export function targetsOf(model: AccountModel): TargetOf {
  const tiers = new Map(model.tenants.map(({ id, tier }) => [id, tier]));
  return (kind, { urn, owner }, name) => ({
    kind,
    urn,
    owner,
    name,
    tier: owner === undefined ? undefined : tiers.get(owner),
  });
}

export const tagFacts = (tags: Tagged["tags"]): Context =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));

export const listed = (policy: PlacedPolicy | undefined): readonly PlacedPolicy[] => (policy ? [policy] : []);

/** One request of IAM. By default without facts, on a resource that has no policy of its own. */
export function asked(
  target: Target,
  action: string,
  resource: string,
  {
    facts = {},
    policies = [],
    mode = "optional",
  }: Partial<Pick<IamPart, "facts" | "policies" | "mode">> = {},
): Request {
  return { target, action, parts: [{ by: "iam", action, resource, facts, policies, mode }] };
}
