import type { PolicyResource } from "@pulumi/policy";
import {
  type AccessRequest,
  type Context,
  decide,
  type Decision,
  type NamedPolicy,
  type PolicyDocument,
  type Principal,
  statementsOn,
} from "../isolation/index.ts";
import { oncePerClass } from "../support/classes.ts";
import { bare, readPolicy, statementsOf } from "../support/documents.ts";
import { ownerOf } from "../support/owner.ts";
import { POLICY_CHANGES } from "../support/policy-changes.ts";
import { contexts } from "../support/probe/contexts.ts";
import { literalsOf } from "../support/probe/literals.ts";
import { grantedTo, ROLE, roleName } from "../support/roles.ts";
import { rule } from "../support/rule.ts";
import {
  type DataNames,
  type DataRequest,
  dataRequests,
  namesByTenant,
  neighbours,
  renamed,
  type SharedNames,
  sharedNames,
} from "../support/tenant-data.ts";

const NAME = "data-role-policy";

/** One layer by itself: what the boundary would take away is not counted. */
export const dataRolePolicy = rule({
  name: NAME,
  description:
    "Policies of a tenant's roles allow its own data to sessions with its own tag: nothing of another tenant, nothing to a session without the tag or with another one, no change of a policy.",
  severity: "critical",
  remediation:
    "Name the tenant's own resources in full (bucket, alias, table with `dynamodb:LeadingKeys` and Null false), or where their ARNs hold a generated id, its tag, alias or collection name in a condition; and let every statement test `aws:PrincipalTag/tenant_id`.",
  validate: ({ stack }, report) => {
    const shared = sharedNames(stack);
    const names = namesByTenant(stack);
    const [some] = names.values();
    for (const role of stack.of(ROLE)) {
      const tenant = ownerOf(role) ?? (isShared(role) ? some?.id : undefined);
      if (tenant === undefined) continue;
      const granted = grantedTo(stack, role);
      if (granted.unproven.length > 0) {
        for (const why of granted.unproven) report(`not proven: ${why}`, role.urn);
        continue;
      }
      const own = names.get(tenant) ?? { id: tenant, buckets: [], aliases: [], collections: [], secrets: [] };
      const texts = [roleName(role) ?? "", JSON.stringify([shared, own]), ...granted.texts];
      const faults = oncePerClass(NAME, tenant, texts, () =>
        judge({ role: roleName(role) ?? role.name, policies: granted.policies, own, shared }),
      );
      for (const fault of faults) report(fault, role.urn);
    }
  },
});

/** A role of all tenants, which the tag of its session makes one tenant's. */
function isShared(role: PolicyResource): boolean {
  const trust = readPolicy(role, "assumeRolePolicy");
  return (
    trust.kind === "document" &&
    [...literalsOf(trust.document).asked.keys()].some(
      (key) => key === "aws:requesttag/tenant_id" || key === "aws:tagkeys",
    )
  );
}

interface Subject {
  readonly role: string;
  readonly policies: readonly NamedPolicy[];
  readonly own: DataNames;
  readonly shared: SharedNames;
}

function judge({ role, policies, own, shared }: Subject): readonly string[] {
  const { account } = shared;
  const parts = partsOf(policies);
  const found = new Map<string, Set<string>>();
  const ask = (tag: string | undefined, requests: readonly DataRequest[], what: string): void => {
    const principal: Principal = {
      kind: "role-session",
      account,
      roleArn: `arn:aws:iam::${account}:role/${role}`,
      sessionArn: `arn:aws:sts::${account}:assumed-role/${role}/probe`,
      tags: tag === undefined ? {} : { tenant_id: tag },
    };
    for (const { action, resource, context } of requests) {
      const request = { principal, action, resource, resourceAccount: account };
      const decision = parts
        .map((part) => allowedBy(part, { ...request, context }))
        .find((each) => each !== undefined);
      if (decision === undefined) continue;
      const fault = `${what} (${decision.detail})`;
      found.set(fault, (found.get(fault) ?? new Set()).add(action));
    }
  };
  const mine = dataRequests(own, shared).filter(({ action }) => parts.some((part) => speaksOf(part, action)));
  for (const id of neighbours(own.id)) {
    const theirs = dataRequests(renamed(own, id), shared).filter(({ action }) =>
      parts.some((part) => speaksOf(part, action)),
    );
    ask(own.id, theirs, `of tenant ${id} is allowed to a session of tenant ${own.id}`);
    ask(id, mine, `of tenant ${own.id} is allowed to a session tagged tenant_id=${id}`);
  }
  ask(undefined, mine, `of tenant ${own.id} is allowed to a session without the tag`);
  const changes = POLICY_CHANGES.map((action) => ({
    action,
    resource: `arn:aws:iam::${account}:role/${role}`,
    context: {},
  }));
  ask(own.id, changes, "is allowed, which changes who may do what");
  return [...found].map(([fault, actions]) => `${few([...actions])} ${fault}`);
}

/** A statement that allows, with all that deny, and what is asked of a request besides whose the data are. */
interface Part {
  readonly name: string;
  readonly document: PolicyDocument;
  readonly free: readonly Context[];
  readonly spoken: Map<string, boolean>;
}

/** Keys that say whose a resource is: a request says them itself, or has none. */
const WHOSE =
  /^(aoss:collection|kms:resourcealiases|kms:encryptioncontext:.*|aws:resourcetag\/.*|dynamodb:leadingkeys|s3:prefix)$/;

function partsOf(policies: readonly NamedPolicy[]): Part[] {
  const all = policies.flatMap(({ name, document }) =>
    statementsOf(document).map((statement) => ({ name, statement })),
  );
  const denies = all
    .filter(({ statement }) => statement.Effect === "Deny")
    // Of several policies, which may use one Sid each.
    .map(({ statement: { Sid: _, ...statement } }) => statement);
  return all
    .filter(({ statement }) => statement.Effect === "Allow")
    .map(({ name, statement }) => {
      const document: PolicyDocument = { Version: "2012-10-17", Statement: [statement, ...denies] };
      const literals = literalsOf(document);
      const asked = new Map([...literals.asked].filter(([key]) => !WHOSE.test(key)));
      const free = contexts({ ...literals, asked });
      if (free === undefined) throw new Error(`${name} has too many conditions to try every combination`);
      return { name, document, free, spoken: new Map() };
    });
}

function speaksOf({ document, spoken }: Part, action: string): boolean {
  let known = spoken.get(action);
  if (known === undefined) {
    known = statementsOn(document, action).includes(0);
    spoken.set(action, known);
  }
  return known;
}

/** How the part allows a request, in some context besides what the request fixes. */
function allowedBy(part: Part, request: AccessRequest): Decision | undefined {
  if (!speaksOf(part, request.action)) return undefined;
  const by = (document: PolicyDocument, context: Context): Decision =>
    decide({ ...request, context }, { identity: [{ name: part.name, document }] });
  const widest = by(bare(part.document), request.context);
  if (!widest.allowed && widest.reason !== "unsupported") return undefined;
  const fixed = Object.fromEntries(
    Object.entries(request.context).map(([key, value]) => [key.toLowerCase(), value]),
  );
  for (const free of part.free) {
    const decision = by(part.document, { ...free, ...fixed });
    if (decision.allowed || decision.reason === "unsupported") return decision;
  }
  return undefined;
}

function few(items: readonly string[]): string {
  return items.slice(0, 3).join(", ") + (items.length > 3 ? ` and ${items.length - 3} more` : "");
}
