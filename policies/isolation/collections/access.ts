import { PolicyError } from "../errors.ts";
import { fields, parseJson } from "../json.ts";
import type { Decision } from "../types.ts";

export interface CollectionAccessRequest {
  /** Role, user or SAML principal, as a data-access policy names it. For a session: its role's ARN. */
  readonly roleArn: string;
  readonly resourceType: "index" | "collection";
  /** `collection/COLL` or `index/COLL/IDX`. */
  readonly resource: string;
  /** `aoss:ReadDocument` */
  readonly permission: string;
}

export interface NamedAccessPolicy {
  readonly name: string;
  /** JSON: a list of `{ Description?, Rules: [{ ResourceType, Resource, Permission }], Principal }`. */
  readonly document: string;
}

interface Rule {
  readonly type: string;
  readonly resources: readonly string[];
  readonly permissions: readonly string[];
}

interface Entry {
  readonly principals: readonly string[];
  readonly rules: readonly Rule[];
}

/** "Supported policy permissions", data access control for Amazon OpenSearch Serverless. */
const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  collection: ["Create", "Delete", "Update", "Describe"].map((verb) => `aoss:${verb}CollectionItems`),
  index: [
    ...["aoss:ReadDocument", "aoss:WriteDocument"],
    ...["Create", "Delete", "Update", "Describe"].map((verb) => `aoss:${verb}Index`),
  ],
};

/**
 * Decides by the data-access policies of OpenSearch Serverless. They only add up: there is no Deny. This is one of
 * two gates; IAM's `aoss:APIAccessAll` on the collection is the other.
 */
export function decideCollectionAccess(
  request: CollectionAccessRequest,
  policies: readonly NamedAccessPolicy[],
): Decision {
  const faults: string[] = [];
  let allowed: Decision | undefined;
  for (const { name, document } of policies) {
    try {
      const index = readPolicy(document).findIndex((entry) => grants(entry, request));
      if (index < 0) continue;
      const statement = `#${index}`;
      const detail = `allowed by rule set ${statement} of ${name}`;
      allowed ??= {
        allowed: true,
        reason: "allowed",
        by: { kind: "resource", policy: name, statement },
        detail,
      };
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      faults.push(`${name}: ${error.message}`);
    }
  }
  if (faults.length > 0)
    return { allowed: false, reason: "unsupported", detail: `not understood: ${faults.join("; ")}` };
  if (allowed !== undefined) return allowed;
  const where =
    policies.map((policy) => policy.name).join(", ") || "the data-access policies (there are none)";
  const detail = `no rule allows ${request.permission} on ${request.resource} to ${request.roleArn}: not in ${where}`;
  return { allowed: false, reason: "implicit-deny", detail };
}

function grants({ principals, rules }: Entry, request: CollectionAccessRequest): boolean {
  return (
    principals.includes(request.roleArn) &&
    rules.some(
      ({ type, resources, permissions }) =>
        type === request.resourceType &&
        permissions.some((permission) => permission === "aoss:*" || permission === request.permission) &&
        resources.some((pattern) =>
          pattern.endsWith("*")
            ? request.resource.startsWith(pattern.slice(0, -1))
            : pattern === request.resource,
        ),
    )
  );
}

function readPolicy(document: string): Entry[] {
  return list(parseJson(document), "document").map((entry, i) => {
    const place = `[${i}]`;
    const { Rules, Principal } = fields(entry, ["Description", "Rules", "Principal"], place);
    return {
      principals: texts(Principal, `${place}.Principal`, PRINCIPAL, "a role, user or SAML principal"),
      rules: list(Rules, `${place}.Rules`).map((rule, j) => readRule(rule, `${place}.Rules[${j}]`)),
    };
  });
}

// No wildcards, no variables: a principal is compared as it stands.
const PRINCIPAL = /^(?:arn:[a-z-]+:(?:iam|sts)::\d{12}:[^*?$\s]+|(?:saml|iamidentitycenter)\/[^*?$]+)$/;

function readRule(rule: unknown, place: string): Rule {
  const {
    ResourceType: type,
    Resource,
    Permission,
  } = fields(rule, ["ResourceType", "Resource", "Permission"], place);
  const known = typeof type === "string" ? PERMISSIONS[type] : undefined;
  if (typeof type !== "string" || known === undefined)
    throw new PolicyError(`${place}.ResourceType`, 'expected "collection" or "index"');
  const resource = type === "index" ? /^index\/[^/*]+\*?(?:\/[^*]*\*?)?$/ : /^collection\/[^/*]*\*?$/;
  const permissions = texts(Permission, `${place}.Permission`, /^aoss:/, "a permission");
  for (const permission of permissions)
    if (permission !== "aoss:*" && !known.includes(permission))
      throw new PolicyError(`${place}.Permission`, `unknown permission ${permission}`);
  const what = "a resource: a wildcard may only end it";
  return { type, permissions, resources: texts(Resource, `${place}.Resource`, resource, what) };
}

function list(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new PolicyError(place, "expected a list");
  return value;
}

function texts(value: unknown, place: string, form: RegExp, what: string): readonly string[] {
  return list(value, place).map((item) => {
    if (typeof item !== "string" || !form.test(item))
      throw new PolicyError(place, `${JSON.stringify(item)} is not ${what}`);
    return item;
  });
}
