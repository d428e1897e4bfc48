/** Finds what resources refer to, by any of the spellings that AWS takes. */
import type { Account, ResourceRecord } from "../account/account.ts";
import { DEPLOYER_ROLE } from "../account/identity.ts";
import type { Draft, Place } from "./behaviour.ts";
import { isObject } from "./values.ts";

const afterSlash = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** @param role - Name or ARN. */
export function findRole(account: Account, role: string): ResourceRecord | undefined {
  const record = account.resource("aws:iam/role:Role", role.startsWith("arn:") ? afterSlash(role) : role);
  // An ARN holds the role's path: both must be right.
  return record && (!role.startsWith("arn:") || record.outputs["arn"] === role) ? record : undefined;
}

/** @param fn - Name, ARN or ARN with a qualifier. */
export function findFunction(account: Account, fn: string): ResourceRecord | undefined {
  const name = fn.startsWith("arn:") ? (fn.split(":")[6] ?? "") : (fn.split(":")[0] ?? "");
  return account.resource("aws:lambda/function:Function", name);
}

/** @param key - Id or ARN. A key that is pending deletion is not found. */
export function findKey(account: Account, key: string): ResourceRecord | undefined {
  const record = account.resource("aws:kms/key:Key", key.startsWith("arn:") ? afterSlash(key) : key);
  return record?.outputs["keyState"] === "PendingDeletion" ? undefined : record;
}

/**
 * The first principal of a policy that IAM would call invalid: a role of this account that doesn't exist. AWS turns a
 * principal's ARN into its unique id when a policy is put, so the role must be there first.
 */
export function missingPrincipal(draft: Draft, policy: unknown): string | undefined {
  if (typeof policy !== "string" || policy === "") return undefined;
  for (const arn of principals(JSON.parse(policy))) {
    if (!arn.startsWith(ownRoles(draft.place)) || arn.endsWith(`:role/${DEPLOYER_ROLE}`)) continue;
    if (!findRole(draft.account, arn)) return arn;
  }
  return undefined;
}

const ownRoles = (place: Place): string => `arn:${place.partition}:iam::${place.account}:role/`;

function principals(document: unknown): string[] {
  if (!isObject(document)) return [];
  return [document["Statement"]].flat().flatMap((statement: unknown) => {
    if (!isObject(statement)) return [];
    return ["Principal", "NotPrincipal"].flatMap((element) => {
      const principal = statement[element];
      const arns: unknown[] = isObject(principal) ? [principal["AWS"]].flat() : [];
      return arns.filter((arn): arn is string => typeof arn === "string");
    });
  });
}
