import {
  compileWildcard,
  type Context,
  decide,
  type Decision,
  type PolicyDocument,
  statementsOn,
} from "../isolation/index.ts";
import { type Caller, callers, possibleOwners, unmetPatterns } from "./probe/callers.ts";
import { contexts } from "./probe/contexts.ts";
import { type Literals, literalsOf } from "./probe/literals.ts";
import { FRESH, instance } from "./probe/values.ts";
import { LIST_ACTIONS, OBJECT_ACTIONS } from "./s3-actions.ts";

export interface TenantBucket {
  readonly bucket: string;
  readonly tenant: string;
  readonly policy: PolicyDocument;
  /** ARNs or patterns of roles that may list the bucket although they are not the tenant's. */
  readonly deploymentRoles: readonly string[];
}

const EVERYTHING: PolicyDocument = {
  Version: "2012-10-17",
  Statement: { Sid: "Everything", Effect: "Allow", Action: "*", Resource: "*" },
};
const ALLOWED_EVERYTHING = [{ name: "an identity policy that allows everything", document: EVERYTHING }];
const NECESSARY = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"];

/** Actions that the policy does not tell apart. */
interface ActionClass {
  readonly actions: readonly string[];
  readonly resource: string;
}

/** What a caller that should be refused is not: allowed, or not provably refused. */
interface Breach {
  readonly caller: string;
  readonly target: ActionClass;
  readonly context: Context;
  readonly decision: Decision;
}

/**
 * What is wrong with a tenant's bucket policy, judged by what it does to callers that are allowed everything elsewhere:
 * only identities of the bucket's account with exactly the tenant's tag may reach objects, those do, and the policy
 * lets nobody in by itself (such an Allow can pass by a permissions boundary).
 *
 * Callers and requests are drawn from what the policy names, on either side of each distinction that it makes.
 */
export function judgeTenantBucket(subject: TenantBucket): string[] {
  const literals = literalsOf(subject.policy);
  const requests = contexts(literals);
  if (requests === undefined)
    return ["not proven: the policy has too many conditions to try every combination"];
  // Deployment roles are roles of the bucket's account; without them it may be any.
  const named = new Set(subject.deploymentRoles.map((arn) => arn.split(":")[4] ?? ""));
  const owners = named.size === 1 ? [...named] : possibleOwners(literals);
  const faults = owners.flatMap((account) => judgeOwnedBy(account, subject, literals, requests));
  return [...new Set(faults)];
}

function judgeOwnedBy(
  account: string,
  subject: TenantBucket,
  literals: Literals,
  requests: readonly Context[],
): string[] {
  const bucket = `arn:aws:s3:::${subject.bucket}`;
  const objects = objectsOf(bucket, subject.tenant, literals).flatMap((object) =>
    classes(subject.policy, OBJECT_ACTIONS, object),
  );
  const lists = classes(subject.policy, LIST_ACTIONS, bucket);
  const resource = [{ name: "the bucket policy", document: subject.policy }];
  const judge = (
    caller: Caller,
    of: ActionClass,
    context: Context,
    identity = ALLOWED_EVERYTHING,
  ): Decision => {
    const request = { action: of.actions[0] ?? "", resource: of.resource, resourceAccount: account, context };
    return decide({ principal: caller.principal, ...request }, { identity, resource });
  };

  const breaches: Breach[] = [];
  const live = new Set<string>();
  const everyone = callers(literals, subject.tenant, account);
  for (const caller of everyone) {
    const targets = exempt(subject, caller) ? objects : [...objects, ...lists];
    for (const target of targets)
      for (const context of requests) {
        const own = target.resource === bucket || target.resource === `${bucket}/${subject.tenant}/x`;
        if (caller.tenants && own && judge(caller, target, context).allowed)
          for (const action of target.actions) live.add(action);
        const decision = judge(caller, target, context, caller.tenants ? [] : ALLOWED_EVERYTHING);
        if (!decision.allowed && decision.reason !== "unsupported") continue;
        const alone = caller.tenants ? " and allowed nothing elsewhere" : "";
        breaches.push({ caller: `${caller.label}${alone}`, target, context, decision });
        break;
      }
  }
  const faults = describe(breaches);
  for (const pattern of unmetPatterns(literals, everyone))
    faults.push(`not proven: whom aws:PrincipalArn ${pattern} stands for is not known`);
  const dead = NECESSARY.filter((action) => !live.has(action));
  if (dead.length > 0)
    faults.push(
      `refuses the tenant itself: no identity tagged tenant_id=${subject.tenant} may ${dead.join(", ")}`,
    );
  return faults;
}

/** An object of the tenant, one beside its prefix, and one for each pattern of the policy. */
function objectsOf(bucket: string, tenant: string, { resources }: Literals): string[] {
  const named = [...resources].filter((text) => !text.includes("${")).map(instance);
  const objects = named.filter((arn) => arn.startsWith(`${bucket}/`));
  return [...new Set([`${bucket}/${tenant}/x`, `${bucket}/${FRESH}`, ...objects])];
}

function classes(policy: PolicyDocument, actions: readonly string[], resource: string): ActionClass[] {
  const alike = Map.groupBy(actions, (action) => statementsOn(policy, action).join());
  return [...alike.values()].map((members) => ({ actions: members, resource }));
}

function exempt({ deploymentRoles }: TenantBucket, { principal }: Caller): boolean {
  return (
    principal.kind === "role-session" &&
    deploymentRoles.some((pattern) => compileWildcard(pattern)(principal.roleArn))
  );
}

/** One sentence for each kind of breach, naming a few of the callers and actions. */
function describe(breaches: readonly Breach[]): string[] {
  const kinds = Map.groupBy(breaches, ({ target, decision }) =>
    [target.actions[0], decision.reason, decision.allowed ? decision.by?.policy : decision.detail].join("|"),
  );
  return [...kinds.values()].map((kind) => {
    const [first] = kind;
    if (first === undefined) return "";
    const { target, context, decision } = first;
    const who = few(kind.map(({ caller }) => caller));
    const what = `${few(target.actions)} on ${few(kind.map((breach) => breach.target.resource.replace(/^arn:aws:s3:::/, "")))}`;
    const when = Object.entries(context).map(([key, value]) => `${key} is ${String(value)}`);
    const where = when.length > 0 ? ` when ${when.join(" and ")}` : "";
    return decision.allowed
      ? `${what} is allowed to ${who}${where} (${decision.detail})`
      : `not proven: whether ${what} is refused to ${who}${where} (${decision.detail})`;
  });
}

function few(listed: readonly string[]): string {
  const items = [...new Set(listed)];
  const more = items.length > 3 ? ` and ${items.length - 3} more` : "";
  return items.slice(0, 3).join(", ") + more;
}
