/**
 * Whom a deployed policy means. AWS turns a role's ARN in a policy into the role's unique id when the policy is put. If that
 * role is deleted, the policy keeps the id, and a new role of the same name is another one that it does not mean.
 */
import type { NamedPolicy } from "../../policies/isolation/types.ts";
import type { Account, ResourceRecord } from "../account/account.ts";
import { readPolicy } from "./policy-text.ts";

const ROLE = "aws:iam/role:Role";

/** A deployed resource's policy as it acts now. @throws UnreadablePolicy if it is none */
export function deployedPolicy(
  account: Account,
  record: ResourceRecord | undefined,
  name: string,
  value: unknown,
): NamedPolicy {
  const stale = staleIds(account, record);
  return readPolicy(name, stale.size === 0 ? value : rewritten(value, (arn) => deadArn(arn, stale)));
}

/** The text as AWS would hand it out: unique ids in place of the ARNs of roles that are gone. */
export function asStored(account: Account, record: ResourceRecord, value: unknown): unknown {
  const stale = staleIds(account, record);
  return stale.size === 0 ? value : rewritten(value, (arn) => stale.get(arn) ?? arn);
}

function staleIds(account: Account, record: ResourceRecord | undefined): Map<string, string> {
  const stale = new Map<string, string>();
  for (const [arn, id] of Object.entries(record?.principals ?? {})) {
    const role = account.resource(ROLE, arn.slice(arn.lastIndexOf("/") + 1));
    if (role?.outputs["uniqueId"] !== id || role.outputs["arn"] !== arn) stale.set(arn, id);
  }
  return stale;
}

/** No role has an id for its name, so this ARN is nobody's; the evaluator compares ARNs. */
function deadArn(arn: string, stale: ReadonlyMap<string, string>): string {
  const id = stale.get(arn);
  return id === undefined ? arn : `${arn.slice(0, arn.indexOf("/"))}/${id}`;
}

function rewritten(value: unknown, rewrite: (arn: string) => string): unknown {
  if (typeof value !== "string") return value;
  let document: unknown;
  try {
    document = JSON.parse(value);
  } catch {
    return value;
  }
  const visit = (node: unknown, within: boolean): unknown => {
    if (typeof node === "string") return within ? rewrite(node) : node;
    if (Array.isArray(node)) return node.map((each) => visit(each, within));
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, each]) => [
        key,
        visit(each, within || key === "Principal" || key === "NotPrincipal"),
      ]),
    );
  };
  return JSON.stringify(visit(document, false));
}
