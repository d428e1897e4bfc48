/** Finds what resources refer to, by any of the spellings that AWS takes. */
import type { Account, ResourceRecord } from "../account/account.ts";
import { DEPLOYER_ROLE } from "../account/identity.ts";
import type { Draft } from "./behaviour.ts";
import { isObject } from "./values.ts";

const ROLE = "aws:iam/role:Role";

const afterSlash = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** @param role - Name or ARN. */
export function findRole(account: Account, role: string): ResourceRecord | undefined {
  const record = account.resource(ROLE, role.startsWith("arn:") ? afterSlash(role) : role);
  // An ARN holds the role's path: both must be right.
  return record && (!role.startsWith("arn:") || record.outputs["arn"] === role) ? record : undefined;
}

/** The role as services other than IAM see it: a new one not at once. @param arn - ARN of a role */
export function visibleRole(account: Account, arn: string): ResourceRecord | undefined {
  return account.inForce.find(ROLE, "arn", arn);
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

/** Whether a principal is not this account's to look up: another account's, or the role that deploys. */
export function foreign({ place }: Draft, arn: string): boolean {
  const own = `arn:${place.partition}:iam::${place.account}:`;
  return !arn.startsWith(own) || arn === `${own}root` || arn.endsWith(`:role/${DEPLOYER_ROLE}`);
}

/** The first role of this account that a policy names and that is not there. */
export function missingPrincipal(draft: Draft, policy: string): string | undefined {
  return principalsOf(JSON.parse(policy)).find(
    (arn) => !foreign(draft, arn) && visibleRole(draft.account, arn) === undefined,
  );
}

/** The ARNs that a policy names as principals. */
export function principalsOf(document: unknown): string[] {
  if (!isObject(document)) return [];
  return [document["Statement"]].flat().flatMap((statement: unknown) => {
    if (!isObject(statement)) return [];
    return ["Principal", "NotPrincipal"].flatMap((element) => {
      const principal = statement[element];
      const arns: unknown[] = isObject(principal) ? [principal["AWS"]].flat() : [];
      return arns.filter((arn): arn is string => typeof arn === "string" && arn.startsWith("arn:"));
    });
  });
}
