import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { domainPolicy } from "../../infra/documents/domain-policy.ts";
import { administrationBoundary, platformBoundary } from "../../infra/documents/platform-boundary.ts";
import { platformKeyPolicy } from "../../infra/documents/platform-key.ts";
import {
  ledgerTablePolicy,
  membershipsTablePolicy,
  registryTablePolicy,
  budgetsTablePolicy,
  sessionsTablePolicy,
} from "../../infra/documents/table-policies.ts";
import { canarySecretPolicy } from "../../infra/documents/secret-key.ts";
import { functionPolicy } from "../../infra/documents/function-roles.ts";
import {
  decide,
  decideCollectionAccess,
  parsePolicy,
  type PolicySet,
  type Principal,
} from "../../policies/isolation/index.ts";
import { FUNCTIONS, isAdministration, tenantNames, type FunctionName } from "../../runtime/contract/names.ts";
import { askClaims, loginSecretPolicy } from "../../tenants/documents/claims.ts";
import { policy } from "../../tenants/documents/policy.ts";
import { bucketPolicy } from "../../tenants/documents/bucket-policy.ts";
import { memoryPolicy } from "../../tenants/documents/conversations.ts";
import { tenantCollectionAccess } from "../../tenants/documents/collection-policies.ts";
import { dataRolePolicy, ingestRolePolicy, taggedSessionTrust } from "../../tenants/documents/data-role.ts";
import { keyPolicy } from "../../tenants/documents/key-policy.ts";
import { knowledgeBasePolicy, knowledgeBaseTrust } from "../../tenants/documents/knowledge-base-role.ts";
import { tenantBoundary } from "../../tenants/documents/tenant-boundary.ts";

/**
 * What the documents mean, as the evaluator reads them: `tests/scenarios/documents/access.yaml` holds who asks for what,
 * what has to come of it, and with which layer taken away.
 */
const PLACE = { environment: "dev", account: "111122223333", region: "us-east-1" };
const DEPLOYER = "arn:aws:iam::111122223333:role/deployer";
const MODELS = { embeddingModelId: "embedder", chatModelId: "model" };

interface Case {
  readonly what: string;
  /** `data acme`, `data acme untagged`, `data acme tagged borealis`, `kb acme`, `function broker`, `deployer`, `stranger`. */
  readonly who: string;
  readonly action: string;
  readonly resource: string;
  readonly context?: Record<string, string | string[]>;
  /** The layer taken away: `identity` (allow-all), `boundary`, `resource`. */
  readonly without?: readonly Layer[];
  /** Each layer has to refuse by itself: the case stands for the four. */
  readonly eachAlone?: boolean;
  readonly allowed: boolean;
}
type Layer = "identity" | "boundary" | "resource";

const read = (file: string): Case[] =>
  parse(readFileSync(new URL(`../scenarios/documents/${file}`, import.meta.url), "utf8")) as Case[];
const ALONE: readonly (readonly Layer[])[] = [
  [],
  ["identity", "boundary"],
  ["identity", "resource"],
  ["boundary", "resource"],
];
const cases = [...read("access.yaml"), ...read("conversations.yaml")].flatMap(({ eachAlone, ...one }) =>
  eachAlone === true ? ALONE.map((without) => ({ ...one, without })) : [one],
);

const ALLOW_ALL = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
} as const;
const named = (name: string, document: string) => ({ name, document: parsePolicy(document) });

function roleSession(roleName: string, tags: Record<string, string>): Principal {
  return {
    kind: "role-session",
    account: PLACE.account,
    roleArn: `arn:aws:iam::${PLACE.account}:role/${roleName}`,
    sessionArn: `arn:aws:sts::${PLACE.account}:assumed-role/${roleName}/s`,
    tags,
  };
}

function caller(who: string): {
  principal: Principal;
  identity: PolicySet["identity"];
  boundary?: PolicySet["boundary"];
} {
  const [kind = "", id = "", how, other = ""] = who.split(" ");
  const inTenantBoundary = { boundary: named("tenant boundary", tenantBoundary(PLACE, MODELS)) };
  switch (kind) {
    case "pool":
      return {
        principal: roleSession(tenantNames(PLACE, id).dataRoleName, { tenant_id: id }),
        identity: [named("data", dataRolePolicy(PLACE, id, "pool", MODELS))],
        ...inTenantBoundary,
      };
    case "data": {
      const tags: Record<string, string> =
        how === "untagged"
          ? {}
          : how === "tagged"
            ? { tenant_id: other }
            : how === "Tagged"
              ? { Tenant_ID: other }
              : { tenant_id: id };
      return {
        principal: roleSession(tenantNames(PLACE, id).dataRoleName, tags),
        identity: [
          named("data", dataRolePolicy(PLACE, id, "silo", MODELS)),
          named("claims", policy(...askClaims(PLACE, id))),
        ],
        ...inTenantBoundary,
      };
    }
    case "ingest":
      return {
        principal: roleSession(tenantNames(PLACE, id).ingestRoleName, { tenant_id: id }),
        identity: [named("ingest", ingestRolePolicy(PLACE, id, "embedder"))],
        ...inTenantBoundary,
      };
    case "kb":
      return {
        principal: roleSession(tenantNames(PLACE, id).knowledgeBaseRoleName, { tenant_id: id }),
        identity: [named("ingest", knowledgeBasePolicy(PLACE, id, "embedder"))],
        ...inTenantBoundary,
      };
    case "function":
      assert.ok((FUNCTIONS as readonly string[]).includes(id));
      return {
        principal: roleSession(`bulkhead.dev.fn.${id}`, {}),
        identity: [named(id, functionPolicy(PLACE, id as FunctionName))],
        boundary: isAdministration(id as FunctionName)
          ? named("administration boundary", administrationBoundary(PLACE))
          : named("platform boundary", platformBoundary(PLACE, "embedder")),
      };
    case "deployer":
      return { principal: roleSession("deployer", {}), identity: [{ name: "admin", document: ALLOW_ALL }] };
    case "bedrock":
      return { principal: { kind: "service", service: "bedrock.amazonaws.com" }, identity: [] };
    case "stranger":
      return {
        principal: { ...roleSession("x", { tenant_id: id }), account: "999988887777" } as Principal,
        identity: [{ name: "admin", document: ALLOW_ALL }],
      };
    default:
      throw new Error(`who is ${who}?`);
  }
}

/** The resource's own policy, by its ARN. */
function resourcePolicy(resource: string): {
  policies: PolicySet["resource"];
  mode: "optional" | "required";
} {
  const tenant = /(acme-2|acme|borealis|cobalt)/.exec(resource)?.[1] ?? "";
  if (resource.startsWith("arn:aws:s3:::")) {
    return { policies: [named("bucket policy", bucketPolicy(PLACE, tenant, [DEPLOYER]))], mode: "optional" };
  }
  if (resource.endsWith(":key/platform")) {
    return {
      policies: [named("platform key policy", platformKeyPolicy(PLACE, [DEPLOYER], []))],
      mode: "required",
    };
  }
  if (resource.includes(":key/")) {
    return {
      policies: [named("key policy", keyPolicy(PLACE, tenant, "silo", [DEPLOYER], true))],
      mode: "required",
    };
  }
  if (resource.includes(":es:")) {
    return { policies: [named("domain policy", domainPolicy(PLACE))], mode: "optional" };
  }
  if (resource.includes(".ingest.")) {
    return { policies: [named("trust", taggedSessionTrust(PLACE, tenant, "ingest"))], mode: "required" };
  }
  if (resource.includes(".data.")) {
    return { policies: [named("trust", taggedSessionTrust(PLACE, tenant, "broker"))], mode: "required" };
  }
  if (resource.includes(".kb.")) {
    return { policies: [named("trust", knowledgeBaseTrust(PLACE))], mode: "required" };
  }
  if (resource.includes("-registry")) {
    return { policies: [named("table policy", registryTablePolicy(PLACE, [DEPLOYER]))], mode: "optional" };
  }
  if (resource.includes("-memberships")) {
    return { policies: [named("table policy", membershipsTablePolicy(PLACE, [DEPLOYER]))], mode: "optional" };
  }
  if (resource.endsWith("-ledger")) {
    return { policies: [named("table policy", ledgerTablePolicy(PLACE, [DEPLOYER]))], mode: "optional" };
  }
  if (resource.endsWith("-budgets")) {
    return { policies: [named("table policy", budgetsTablePolicy(PLACE))], mode: "optional" };
  }
  if (resource.endsWith("-sessions")) {
    return { policies: [named("table policy", sessionsTablePolicy(PLACE))], mode: "optional" };
  }
  if (resource.includes(":memory/")) {
    return { policies: [named("memory policy", memoryPolicy(PLACE))], mode: "optional" };
  }
  if (resource.includes(":secret:bulkhead/dev/claims/")) {
    return { policies: [named("secret policy", loginSecretPolicy(PLACE, tenant))], mode: "optional" };
  }
  if (resource.includes(":secret:bulkhead/dev/canary-")) {
    return { policies: [named("secret policy", canarySecretPolicy(PLACE, [DEPLOYER]))], mode: "optional" };
  }
  return { policies: [], mode: "optional" };
}

describe("IAM documents", () => {
  for (const { what, who, action, resource, context, without = [], allowed } of cases) {
    const missing = without.length > 0 ? `, without ${without.join(" and ")}` : "";
    it(`${allowed ? "allow" : "refuse"} ${what}${missing}`, () => {
      const { principal, identity, boundary } = caller(who);
      const { policies, mode } = resourcePolicy(resource);
      const decision = decide(
        {
          principal,
          action,
          resource,
          resourceAccount: PLACE.account,
          context: { "aws:SecureTransport": "true", ...context },
        },
        {
          identity: without.includes("identity") ? [{ name: "all", document: ALLOW_ALL }] : identity,
          ...(boundary && !without.includes("boundary") ? { boundary } : {}),
          resource: without.includes("resource") ? [] : (policies ?? []),
        },
        { resourcePolicyMode: without.includes("resource") ? "optional" : mode },
      );
      assert.equal(decision.allowed, allowed, decision.detail);
      assert.notEqual(decision.reason, "unsupported", decision.detail);
    });
  }

  it("stay within AWS's sizes for the longest names", () => {
    const place = { environment: "abcdefgh", account: "111122223333", region: "ap-southeast-2" };
    const id = "a".repeat(20);
    const size = (document: string): number => document.replaceAll(/\s/g, "").length;
    assert.ok(
      size(taggedSessionTrust(place, id, "broker")) <= 2048,
      "trust policy: 2,048 characters (IAM quotas)",
    );
    const inline = [dataRolePolicy(place, id, "silo", MODELS)];
    assert.ok(
      inline.map(size).reduce((a, b) => a + b) <= 10_240,
      "inline policies of a role: 10,240 characters together",
    );
    assert.ok(size(tenantBoundary(place, MODELS)) <= 6144, "managed policy: 6,144 characters");
    assert.ok(size(platformBoundary(place, "embedder")) <= 6144, "managed policy: 6,144 characters");
    assert.ok(size(administrationBoundary(place)) <= 6144, "managed policy: 6,144 characters");
    assert.ok(bucketPolicy(place, id, [DEPLOYER]).length <= 20_480, "bucket policy: 20 KB");
    assert.ok(registryTablePolicy(place, [DEPLOYER]).length <= 20_480, "table policy: 20 KB");
    assert.ok(platformKeyPolicy(place, [DEPLOYER], [DEPLOYER]).length <= 32_768, "key policy: 32 KB");
  });
});

describe("a collection's data-access policy", () => {
  const names = tenantNames(PLACE, "acme");
  const policies = [{ name: names.collection, document: tenantCollectionAccess(PLACE, "acme") }];
  const may = (roleArn: string, permission: string, resource = `index/${names.collection}/kb`): boolean =>
    decideCollectionAccess({ roleArn, resourceType: "index", resource, permission }, policies).allowed;
  const admin = "arn:aws:iam::111122223333:role/bulkhead.dev.fn.search-admin";

  it("lets the data role read, the knowledge base write and the admin function make the index", () => {
    assert.ok(may(names.dataRoleArn, "aoss:ReadDocument"));
    assert.ok(may(names.knowledgeBaseRoleArn, "aoss:WriteDocument"));
    assert.ok(may(admin, "aoss:CreateIndex"));
  });

  it("lets nobody else, and nobody more", () => {
    assert.ok(!may(names.dataRoleArn, "aoss:WriteDocument"));
    assert.ok(!may(names.dataRoleArn, "aoss:DeleteIndex"));
    assert.ok(!may(admin, "aoss:ReadDocument"));
    for (const other of ["acme-2", "borealis", "acm"]) {
      assert.ok(!may(tenantNames(PLACE, other).dataRoleArn, "aoss:ReadDocument"), other);
      assert.ok(
        !may(names.dataRoleArn, "aoss:ReadDocument", `index/${tenantNames(PLACE, other).collection}/kb`),
        other,
      );
    }
  });
});
