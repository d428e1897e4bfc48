/** Faults that each break isolation in another way, put into the program's resources, and what the proof has to say of each. */
import type { ModelResource } from "../../../../../policies/isolation/model/resource.ts";
import type { Question } from "../../../../../policies/isolation/report/verdict.ts";
import { changed, edited, statement, text } from "./stack.ts";

export interface Fault {
  readonly what: string;
  readonly put: (resources: readonly ModelResource[]) => readonly ModelResource[];
  /** What one of the counterexamples is; none: a gap has to say `says`. */
  readonly question?: Question;
  readonly action?: string;
  /** Whose data it is. */
  readonly owner?: string;
  readonly says: RegExp;
}

const ROLE = "arn:aws:iam::111122223333:role/";
const dataPolicy = ["RolePolicy", "acme-data-policy", "policy"] as const;
const bucketPolicy = ["BucketPolicy", "acme-documents-policy", "policy"] as const;
const keyPolicy = ["Key", "acme-key", "policy"] as const;
const boundary = ["Policy", "tenant-boundary", "policy"] as const;
const dataTrust = ["Role", "acme-data-role", "assumeRolePolicy"] as const;
const domainPolicy = ["DomainPolicy", "pool-domain-policy", "accessPolicies"] as const;
const tablePolicy = ["ResourcePolicy", "registry-tenants-policy", "policy"] as const;
const usersPolicy = ["ResourcePolicy", "registry-users-policy", "policy"] as const;
const ledgerPolicy = ["ResourcePolicy", "registry-ledger-policy", "policy"] as const;
const referenceKey = ["Key", "reference-key", "policy"] as const;

/** A change of a document of kind pool-role. */
const poolRole = (resources: readonly ModelResource[], change: Readonly<Record<string, string>>) =>
  changed(resources, "Invocation", "cobalt-pool-read-role", (props) => {
    const input = JSON.parse(text(props["input"])) as { body: Record<string, string> };
    return { ...props, input: JSON.stringify({ ...input, body: { ...input.body, ...change } }) };
  });

/** A change of what `db-admin` is told of acme's login. */
const claimsLogin = (resources: readonly ModelResource[], change: (input: string) => string) =>
  changed(resources, "Invocation", "acme-claims-login", (props) => ({
    ...props,
    input: change(text(props["input"])),
  }));

export const FAULTS: readonly Fault[] = [
  {
    what: "a bucket's Deny that untagged callers pass by",
    put: (all) =>
      edited(all, bucketPolicy, (document) => {
        (statement(document, "ObjectsOnlyWithTenantTag")["Condition"] as Record<string, unknown>)["Null"] = {
          "aws:PrincipalTag/tenant_id": "false",
        };
      }),
    question: "ablation",
    owner: "acme",
    says: /bucket policy is to refuse strangers acme's objects/,
  },
  {
    what: "a bucket without its policy",
    put: (all) =>
      all.filter(({ name, type }) => name !== "acme-documents-policy" || !type.endsWith(":BucketPolicy")),
    question: "ablation",
    owner: "acme",
    says: /has no bucket policy/,
  },
  {
    what: "a bucket's Deny for a tag that begins alike",
    put: (all) =>
      edited(all, bucketPolicy, (document) => {
        statement(document, "ObjectsOnlyWithTenantTag")["Condition"] = {
          StringNotLike: { "aws:PrincipalTag/tenant_id": "acme*" },
        };
      }),
    question: "ablation",
    owner: "acme",
    says: /bucket policy is to refuse strangers acme.s objects.*acme-2/i,
  },
  {
    what: "a bucket's Allow for everybody of the account",
    put: (all) =>
      edited(all, bucketPolicy, (document) => {
        document.Statement.splice(0, 2, {
          Sid: "Everybody",
          Effect: "Allow",
          Principal: { AWS: `${ROLE.replace("role/", "")}root` },
          Action: "s3:*",
          Resource: "*",
        });
      }),
    question: "separation",
    action: "s3:GetObject",
    owner: "acme",
    says: /another role of the account/i,
  },
  {
    what: "a data role that reads every bucket, in a bucket without a Deny and a boundary without one",
    put: (all) => {
      const wide = edited(all, ["RolePolicy", "cobalt-data-policy", "policy"], (document) => {
        statement(document, "OwnObjects")["Resource"] = "arn:aws:s3:::*";
      });
      const open = edited(wide, bucketPolicy, (document) => {
        document.Statement.splice(0, 1);
      });
      return edited(open, boundary, (document) => {
        document.Statement = document.Statement.filter(({ Sid }) => Sid !== "NeverForeignObjects");
        statement(document, "OwnObjects")["Resource"] = "*";
      });
    },
    question: "separation",
    action: "s3:GetObject",
    owner: "acme",
    says: /Cobalt's data role may s3:GetObject on acme's objects/,
  },
  {
    what: "a boundary that leaves out whose objects",
    put: (all) =>
      edited(all, boundary, (document) => {
        document.Statement = document.Statement.filter(({ Sid }) => Sid !== "NeverForeignObjects");
        statement(document, "OwnObjects")["Resource"] = "arn:aws:s3:::bulkhead-local-*/*";
      }),
    question: "ablation",
    says: /the boundary is to refuse strangers .*objects/,
  },
  {
    what: "a role's own policy with a wildcard for its tenant",
    put: (all) =>
      edited(all, dataPolicy, (document) => {
        const own = statement(document, "OwnObjects");
        own["Resource"] = String(own["Resource"]).replace("-acme/acme/", "-acme*/acme*/");
      }),
    question: "ablation",
    owner: "acme-2",
    says: /the role's policy is to refuse strangers acme-2's objects/,
  },
  {
    what: "a key that another tenant's role may use",
    put: (all) =>
      edited(all, keyPolicy, (document) => {
        const own = statement(document, "TenantObjects");
        own["Principal"] = { AWS: [`${ROLE}bulkhead.local.data.acme`, `${ROLE}bulkhead.local.data.cobalt`] };
        own["Condition"] = {};
      }),
    question: "separation",
    action: "kms:Decrypt",
    owner: "acme",
    says: /acme's key/,
  },
  {
    what: "a key that leaves all to the account's policies",
    put: (all) =>
      edited(all, keyPolicy, (document) => {
        document.Statement.push({
          Sid: "Account",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111122223333:root" },
          Action: "kms:*",
          Resource: "*",
        });
      }),
    question: "separation",
    action: "kms:Decrypt",
    owner: "acme",
    says: /another role of the account may/i,
  },
  {
    what: "a key of another account's use",
    put: (all) =>
      edited(all, keyPolicy, (document) => {
        document.Statement.push({
          Sid: "All",
          Effect: "Allow",
          Principal: "*",
          Action: "kms:Decrypt",
          Resource: "*",
        });
      }),
    question: "separation",
    action: "kms:Decrypt",
    owner: "acme",
    says: /another account/,
  },
  {
    what: "an alias of one tenant's key that names another's",
    put: (all) =>
      all.map((resource) =>
        resource.name === "acme-key-alias"
          ? {
              ...resource,
              references: {
                targetKeyId: all.flatMap(({ name, urn }) => (name === "cobalt-key" ? [urn] : [])),
              },
            }
          : resource,
      ),
    says: /the alias alias\/bulkhead\/local\/acme names a key of cobalt/,
  },
  {
    what: "a data role that the chat function may take by itself",
    put: (all) =>
      edited(all, dataTrust, (document) => {
        document.Statement.push({
          Sid: "Chat",
          Effect: "Allow",
          Principal: { AWS: `${ROLE}bulkhead.local.fn.ingest` },
          Action: ["sts:AssumeRole", "sts:TagSession"],
        });
      }),
    question: "separation",
    action: "sts:AssumeRole",
    owner: "acme",
    says: /fn\.broker|fn\.ingest|another role|can become acme's role/,
  },
  {
    what: "a trust that lets any tag pass",
    put: (all) =>
      edited(all, dataTrust, (document) => {
        for (const each of document.Statement)
          delete (each["Condition"] as Record<string, unknown> | undefined)?.["StringEquals"];
      }),
    question: "separation",
    action: "sts:AssumeRole",
    owner: "acme",
    says: /The role fn\.broker can become acme's role .* with the tags \{"tenant_id":"(acme-2|cobalt)"\}/,
  },
  {
    what: "a trust that takes a second tag",
    put: (all) =>
      edited(all, dataTrust, (document) => {
        for (const each of document.Statement)
          delete (each["Condition"] as Record<string, unknown> | undefined)?.["ForAllValues:StringEquals"];
      }),
    question: "separation",
    action: "sts:AssumeRole",
    says: /"department":"any"/,
  },
  {
    what: "a trust that lets a tag pass on",
    put: (all) =>
      edited(all, dataTrust, (document) => {
        delete ((statement(document, "Tag")["Condition"] as Record<string, Record<string, string>>)["Null"] ??
          {})["sts:TransitiveTagKeys"];
      }),
    question: "separation",
    action: "sts:AssumeRole",
    says: /passed on/,
  },
  {
    what: "a service role that serves any account's knowledge bases",
    put: (all) =>
      edited(all, ["Role", "acme-kb-role", "assumeRolePolicy"], (document) => {
        for (const each of document.Statement) delete each["Condition"];
      }),
    question: "separation",
    action: "sts:AssumeRole",
    owner: "acme",
    says: /the service bedrock\.amazonaws\.com can become acme's role/i,
  },
  {
    what: "a collection that another tenant's role reads",
    put: (all) =>
      changed(all, "ServerlessAccessPolicy", "acme-silo-access", (props) => ({
        ...props,
        policy: text(props["policy"]).replace(
          `"${ROLE}bulkhead.local.data.acme"`,
          `"${ROLE}bulkhead.local.data.acme","${ROLE}bulkhead.local.data.acme-2"`,
        ),
      })),
    question: "ablation",
    owner: "acme",
    says: /the data-access policy is to refuse strangers acme's vector index/,
  },
  {
    what: "a domain's policy that names no tenant",
    put: (all) =>
      edited(all, domainPolicy, (document) => {
        document.Statement = document.Statement.filter(({ Sid }) => Sid !== "OnlyOwnAlias");
      }),
    question: "ablation",
    owner: "cobalt",
    says: /the domain policy is to refuse/,
  },
  {
    what: "an engine's role for another tenant's role",
    put: (all) => poolRole(all, { roleArn: `${ROLE}bulkhead.local.data.acme` }),
    question: "ablation",
    owner: "cobalt",
    says: /the engine's roles is to refuse strangers cobalt's vector index/,
  },
  {
    what: "an engine's role that shows another tenant's documents",
    put: (all) => poolRole(all, { tenant: "acme" }),
    question: "ablation",
    says: /filters by no tenant/,
  },
  {
    what: "a registry whose policy lets requests without keys pass",
    put: (all) =>
      edited(all, tablePolicy, (document) => {
        document.Statement = document.Statement.filter(({ Sid }) => Sid !== "OnlyOwnPartition");
      }),
    question: "ablation",
    says: /the table policy is to refuse strangers .*registry item/,
  },
  {
    what: "a table of users that any role with the tenant's tag reads",
    put: (all) =>
      edited(all, usersPolicy, (document) => {
        document.Statement = document.Statement.filter(({ Sid }) => Sid !== "OnlyWhoManagesUsers");
      }),
    question: "separation",
    action: "dynamodb:GetItem",
    says: /Another role of the account, tagged as (\S+) may dynamodb:GetItem on \1's users/,
  },
  {
    what: "a table without its policy, which no tenant's matrix has a cell for",
    put: (all) =>
      all.filter(
        ({ name, type }) => name !== "registry-memberships-policy" || !type.endsWith(":ResourcePolicy"),
      ),
    question: "separation",
    action: "dynamodb:GetItem",
    says: /may dynamodb:GetItem on items of other tables .*memberships/,
  },
  {
    what: "a ledger of used ids that whoever deploys can make forget one",
    put: (all) =>
      edited(all, ledgerPolicy, (document) => {
        document.Statement = document.Statement.filter(({ Sid }) => Sid !== "NobodyForgets");
      }),
    question: "separation",
    action: "dynamodb:DeleteItem",
    says: /bulkhead-deployer.* may dynamodb:DeleteItem on ids that were ever used/,
  },
  {
    what: "a key of the shared corpus that its role uses for anything, not by S3 for its bucket alone",
    put: (all) =>
      edited(all, referenceKey, (document) => {
        statement(document, "ReadObjects")["Condition"] = {};
      }),
    question: "separation",
    action: "kms:Decrypt",
    says: /kb--reference.* may kms:Decrypt on key of the shared corpus .*in another way than is meant/,
  },
  {
    what: "a role's policy that reads any item",
    put: (all) =>
      edited(all, dataPolicy, (document) => {
        statement(document, "ReadOwnRegistryItem")["Condition"] = {};
      }),
    question: "ablation",
    says: /the role's policy is to refuse strangers (acme-2|cobalt)'s registry item/,
  },
  {
    what: "a knowledge base of a tenant's that is tagged as the shared corpus",
    put: (all) =>
      changed(all, "AgentKnowledgeBase", "acme-silo-knowledge-base", (props) => ({
        ...props,
        tags: { "bulkhead:corpus": "local_reference" },
      })),
    question: "separation",
    action: "bedrock:Retrieve",
    owner: "acme",
    says: /may bedrock:Retrieve on acme's knowledge base/,
  },
  {
    what: "a bucket that is tagged as another tenant's",
    put: (all) =>
      changed(all, "Bucket", "acme-documents", (props) => ({ ...props, tags: { tenant_id: "cobalt" } })),
    says: /is tagged tenant_id=cobalt, and is acme's/,
  },
  {
    what: "a function's role that changes policies",
    put: (all) => {
      const wide = edited(all, ["RolePolicy", "chat-policy", "policy"], (document) => {
        document.Statement.push({ Sid: "All", Effect: "Allow", Action: "*", Resource: "*" });
      });
      return changed(wide, "Role", "chat-role", ({ permissionsBoundary: _, ...props }) => props);
    },
    question: "separation",
    action: "s3:PutBucketPolicy",
    says: /and so undo isolation/,
  },
  {
    what: "a tenant's role that can't read its own objects",
    put: (all) =>
      edited(all, dataPolicy, (document) => {
        document.Statement = document.Statement.filter(({ Sid }) => Sid !== "OwnObjects");
      }),
    question: "liveness",
    action: "s3:GetObject",
    owner: "acme",
    says: /Acme's data role can't s3:GetObject on its own objects/,
  },
  {
    what: "a tenant that nobody can become",
    put: (all) =>
      edited(all, dataTrust, (document) => {
        document.Statement = document.Statement.filter(({ Sid }) => Sid !== "Tag");
      }),
    question: "liveness",
    action: "sts:AssumeRole",
    owner: "acme",
    says: /Nobody can take acme's data role/,
  },
  {
    what: "a tenant that can't ask its chat model",
    put: (all) =>
      edited(all, dataPolicy, (document) => {
        document.Statement = document.Statement.filter(({ Sid }) => Sid !== "AskThroughProfile");
      }),
    question: "liveness",
    action: "bedrock:InvokeModel",
    owner: "acme",
    says: /can't ask the chat model/,
  },
  {
    what: "a login to the claims that may read another tenant's partition",
    put: (all) => claimsLogin(all, (text) => text.replace('"claims_acme"', '"claims_cobalt"')),
    question: "separation",
    action: "rds-data:ExecuteStatement",
    owner: "cobalt",
    says: /acme's login to .* may read claims_cobalt, which cobalt's may read too/,
  },
  {
    what: "a login to the claims by another tenant's name",
    put: (all) => claimsLogin(all, (text) => text.replaceAll('"app_acme"', '"app_cobalt"')),
    question: "separation",
    owner: "cobalt",
    says: /acme's login to .* has the name of cobalt's/,
  },
  {
    what: "a login to the claims whose password another tenant reads",
    put: (all) => claimsLogin(all, (text) => text.replace("/claims/acme/login", "/claims/cobalt/login")),
    question: "separation",
    owner: "cobalt",
    says: /has its password in bulkhead\/local\/claims\/cobalt\/login, which is not one secret of acme's/,
  },
  {
    what: "a kind of document that the admin functions are told and the proof does not know",
    put: (all) =>
      changed(all, "Invocation", "cobalt-pool-index", (props) => ({
        ...props,
        input: text(props["input"]).replace('"pool-index"', '"pool-wildcard"'),
      })),
    says: /of a kind that the proof does not know: pool-wildcard/,
  },
  {
    what: "a type of resource that the proof does not know",
    put: (all) =>
      all.map((resource) =>
        resource.name === "acme-chat-profile"
          ? { ...resource, type: "aws:s3/accessPoint:AccessPoint" }
          : resource,
      ),
    says: /of a type that the proof does not know: aws:s3\/accessPoint:AccessPoint/,
  },
  {
    what: "a policy that says what the evaluator does not understand",
    put: (all) =>
      edited(all, bucketPolicy, (document) => {
        statement(document, "OnlyOverTls")["Condition"] = {
          StringResembles: { "aws:PrincipalTag/tenant_id": "acme" },
        };
      }),
    says: /bucket policy of bulkhead-local-111122223333-acme is not understood/,
  },
];
