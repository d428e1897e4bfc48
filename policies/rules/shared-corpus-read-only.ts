import type { PolicyResource } from "@pulumi/policy";
import { decide, type PolicyDocument, type Principal } from "../isolation/index.ts";
import { oncePerClass } from "../support/classes.ts";
import { readPolicy } from "../support/documents.ts";
import { componentOf, ownerOf } from "../support/owner.ts";
import { whereOf } from "../support/place.ts";
import { read } from "../support/read.ts";
import { grantedTo, ROLE, roleName } from "../support/roles.ts";
import { rule } from "../support/rule.ts";
import { OBJECT_ACTIONS } from "../support/s3-actions.ts";
import type { Stack } from "../support/stack.ts";

const NAME = "shared-corpus-read-only";
const WRITE = [
  "bedrock:StartIngestionJob",
  "bedrock:StopIngestionJob",
  "bedrock:IngestKnowledgeBaseDocuments",
  "bedrock:DeleteKnowledgeBaseDocuments",
  "bedrock:UpdateKnowledgeBase",
  "bedrock:DeleteKnowledgeBase",
  "bedrock:UpdateDataSource",
  "bedrock:DeleteDataSource",
  "bedrock:CreateDataSource",
];
const EVERYTHING: PolicyDocument = {
  Version: "2012-10-17",
  Statement: { Sid: "Everything", Effect: "Allow", Action: "*", Resource: "*" },
};

/** What one tenant writes there, every other tenant reads. */
export const sharedCorpusReadOnly = rule({
  name: NAME,
  description:
    "Tenants read the shared corpus by bedrock:Retrieve alone: none of their roles changes its knowledge base, and its bucket refuses sessions with a tenant's tag.",
  severity: "critical",
  remediation:
    "Allow tenants' roles bedrock:Retrieve on the shared knowledge base and nothing else of it; let the bucket's policy deny `s3:*Object*` to all but the knowledge base's role and deployment roles.",
  validate: ({ stack }, report) => {
    const { account, region } = whereOf(stack);
    const corpora = stack
      .of(["aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase"])
      .filter((knowledgeBase) => ownerOf(knowledgeBase) === undefined);
    if (corpora.length === 0) return;
    const arns = corpora.map((corpus) => {
      const arn = read(corpus, "arn");
      return arn.known && typeof arn.value === "string"
        ? arn.value
        : `arn:aws:bedrock:${region}:${account}:knowledge-base/SHARED0000`;
    });
    for (const role of stack.of(ROLE)) {
      const tenant = ownerOf(role);
      if (tenant === undefined) continue;
      const { policies, texts } = grantedTo(stack, role);
      const faults = oncePerClass(NAME, tenant, [account, ...texts, ...arns], () => {
        const principal = session(account, roleName(role) ?? role.name, tenant);
        const may = WRITE.filter((action) =>
          arns.some((resource) => {
            const request = { principal, action, resource, resourceAccount: account, context: {} };
            return decide(request, { identity: policies }).allowed;
          }),
        );
        return may.length > 0 ? [`changes the shared corpus: ${may.slice(0, 3).join(", ")}`] : [];
      });
      for (const fault of faults) report(fault, role.urn);
    }
    for (const bucket of sharedBuckets(stack))
      for (const fault of judgeBucket(stack, bucket, account)) report(fault, bucket.urn);
  },
});

function session(account: string, role: string, tenant: string): Principal {
  return {
    kind: "role-session",
    account,
    roleArn: `arn:aws:iam::${account}:role/${role}`,
    sessionArn: `arn:aws:sts::${account}:assumed-role/${role}/probe`,
    tags: { tenant_id: tenant },
  };
}

/** Buckets that data sources of no tenant ingest. */
function sharedBuckets(stack: Stack): PolicyResource[] {
  const sources = stack
    .of(["aws:bedrock/agentDataSource:AgentDataSource"])
    .filter(
      (source) =>
        componentOf(source) === undefined &&
        componentOf(source.propertyDependencies["knowledgeBaseId"]?.[0] ?? source) === undefined,
    );
  const arns = new Set(
    sources.flatMap((source) => {
      const arn = read(source, "dataSourceConfiguration", "s3Configuration", "bucketArn");
      return arn.known ? [arn.value] : [];
    }),
  );
  const referenced = new Set(
    sources.flatMap((source) => source.propertyDependencies["dataSourceConfiguration"] ?? []),
  );
  return stack.of(["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"]).filter((bucket) => {
    const name = read(bucket, "bucket");
    return (
      ownerOf(bucket) === undefined &&
      (referenced.has(bucket) || (name.known && arns.has(`arn:aws:s3:::${String(name.value)}`)))
    );
  });
}

function judgeBucket(stack: Stack, bucket: PolicyResource, account: string): readonly string[] {
  const name = read(bucket, "bucket");
  const names = name.known ? [name.value] : [];
  const [policy] = stack.satellites(bucket, ["aws:s3/bucketPolicy:BucketPolicy"], "bucket", names).own;
  const found = policy && readPolicy(policy, "policy");
  if (found?.kind !== "document")
    return ["not proven: the shared corpus's bucket has no policy that is known"];
  const arn = `arn:aws:s3:::${String(names[0])}/reference/x`;
  const principal = session(account, "bulkhead-probe", "tenant-a");
  const may = OBJECT_ACTIONS.filter(
    (action) =>
      decide(
        { principal, action, resource: arn, resourceAccount: account, context: {} },
        {
          identity: [{ name: "everything", document: EVERYTHING }],
          resource: [{ name: "the bucket policy", document: found.document }],
        },
      ).allowed,
  ).filter((action) => /Object(?!LegalHold|Retention)/.test(action));
  return may.length > 0
    ? [`lets a tenant's session at the shared corpus's objects: ${may.slice(0, 3).join(", ")}`]
    : [];
}
