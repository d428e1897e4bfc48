/** The documents of a model that can be changed, and the model with one of them changed. */
import type { AccountModel, PlacedPolicy } from "../../../policies/isolation/model/account.ts";
import type { PolicyDocument, Statement } from "../../../policies/isolation/types.ts";

export type Kind = "identity" | "boundary" | "trust" | "resource";

export interface Place {
  readonly kind: Kind;
  readonly policy: PlacedPolicy;
  /** Whether it is attached to a tenant's role. */
  readonly ofTenant: boolean;
}

/** Each document once, however many roles it is attached to. */
export function placesOf(model: AccountModel): readonly Place[] {
  const found = new Map<string, Place>();
  const add = (kind: Kind, policy: PlacedPolicy | undefined, ofTenant = false): void => {
    if (policy !== undefined) found.set(`${policy.urn} ${policy.name}`, { kind, policy, ofTenant });
  };
  for (const { owner, trust, identity, boundary } of model.roles) {
    add("trust", trust);
    add("boundary", boundary);
    for (const each of identity) add("identity", each, owner !== undefined);
  }
  for (const { policy } of [
    ...model.buckets,
    ...model.keys,
    ...model.tables,
    ...model.domains,
    ...model.secrets,
  ])
    add("resource", policy);
  return [...found.values()];
}

/** The model with a document in another's place, wherever that stands. */
export function withDocument(model: AccountModel, { policy }: Place, document: PolicyDocument): AccountModel {
  const other = { ...policy, document };
  const swap = <T extends PlacedPolicy | undefined>(each: T): T =>
    each !== undefined && each.urn === policy.urn && each.name === policy.name ? (other as T) : each;
  const guarded = <T extends { readonly policy: PlacedPolicy | undefined }>(all: readonly T[]): T[] =>
    all.map((each) => (each.policy === swap(each.policy) ? each : { ...each, policy: other }));
  return {
    ...model,
    roles: model.roles.map((role) => ({
      ...role,
      trust: swap(role.trust),
      boundary: swap(role.boundary),
      identity: role.identity.map(swap),
    })),
    buckets: guarded(model.buckets),
    keys: guarded(model.keys),
    tables: guarded(model.tables),
    domains: guarded(model.domains),
    secrets: guarded(model.secrets),
  };
}

export const statementsOf = ({ Statement: listed }: PolicyDocument): readonly Statement[] => [listed].flat();

export const withStatements = (
  document: PolicyDocument,
  statements: readonly Statement[],
): PolicyDocument => ({
  ...document,
  Statement: statements,
});
