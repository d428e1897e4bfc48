/** The deployed account that is mutated, and what a change of some of its resources makes of it. */
import type { PolicyResource } from "@pulumi/policy";
import type { AccountModel } from "../../../policies/isolation/model/account.ts";
import type { ModelResource } from "../../../policies/isolation/model/resource.ts";
import { fromStack } from "../../../policies/isolation/model/sources/stack.ts";
import { accountOf, registeredProgram } from "../isolation/prove/support/stack.ts";
import { policyResources, type RegisteredResource } from "../support/program.ts";
import { interned } from "./memory.ts";

/** Two of each tier, whose ids are as easily mistaken for each other as a real account's can be. */
const TENANTS = { acme: "silo", "acme-2": "silo", cobalt: "pool", "cobalt-2": "pool" } as const;

/** Whose own resources are mutated; the others, alike up to their id, are who is attacked. */
export const MUTATED: ReadonlySet<string> = new Set(["acme", "cobalt"]);
export const OTHER_OF: Readonly<Record<string, string>> = { acme: "acme-2", cobalt: "cobalt-2" };

export interface Account {
  readonly registered: readonly RegisteredResource[];
  /** As a policy pack gets them. */
  readonly resources: readonly PolicyResource[];
  readonly read: readonly ModelResource[];
  readonly model: AccountModel;
}

/** Resources that are put in the place of those of the same URN, that go, and that come. */
export interface Edit {
  readonly set?: readonly RegisteredResource[];
  readonly drop?: readonly string[];
  readonly add?: readonly RegisteredResource[];
}

/** Every part of the program, by the settings of `dev`, as what is judged before it is deployed. */
export async function deployedAccount(): Promise<Account> {
  const registered = await registeredProgram("dev", "tenants", {}, TENANTS);
  const read = fromStack(policyResources(registered));
  return { registered, resources: forThePack(registered), read, model: interned(accountOf(read)) };
}

const asked = new WeakMap<RegisteredResource, RegisteredResource>();

/** What is asked of a real environment is asked by its name, which all URNs and names of its own hold. */
function forThePack(registered: readonly RegisteredResource[]): readonly PolicyResource[] {
  return policyResources(
    registered.map((resource) => {
      const known =
        asked.get(resource) ??
        (JSON.parse(
          JSON.stringify(resource)
            .replaceAll("urn:pulumi:local::", "urn:pulumi:dev::")
            .replaceAll(/\bbulkhead([./-])local\b/g, "bulkhead$1dev"),
        ) as RegisteredResource);
      asked.set(resource, known);
      return known;
    }),
  );
}

/** The account with some resources changed. Those that are not are read no second time. */
export function edited(account: Account, { set = [], drop = [], add = [] }: Edit): Account {
  const placed = new Map(set.map((resource) => [resource.urn, resource]));
  const gone = new Set(drop);
  const registered = [
    ...account.registered
      .filter(({ urn }) => !gone.has(urn))
      .map((resource) => placed.get(resource.urn) ?? resource),
    ...add,
  ];
  const changed = new Set([...placed.keys(), ...add.map(({ urn }) => urn)]);
  const again = new Map(
    fromStack(policyResources(registered).filter(({ urn }) => changed.has(urn))).map((resource) => [
      resource.urn,
      resource,
    ]),
  );
  const read = [
    ...account.read.filter(({ urn }) => !gone.has(urn)).map((each) => again.get(each.urn) ?? each),
    ...add.flatMap(({ urn }) => again.get(urn) ?? []),
  ];
  return { registered, resources: forThePack(registered), read, model: interned(accountOf(read)) };
}

/** The tenant that a resource belongs to, by its parents. */
export function ownerOf(
  resource: RegisteredResource,
  byUrn: ReadonlyMap<string, RegisteredResource>,
): string | undefined {
  for (let at: RegisteredResource | undefined = resource; at !== undefined; at = byUrn.get(at.parent))
    if (at.type === "bulkhead:tenants:Tenant") return at.name;
  return undefined;
}

/** A text with an id in another's place, but not where it is a part of a longer one. */
export const renamed = (text: string, id: string, other: string): string =>
  text.replaceAll(new RegExp(`(?<![a-z0-9-])${id}(?![a-z0-9]|-[a-z0-9])`, "g"), other);
