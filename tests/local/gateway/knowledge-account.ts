/** Two tenants, each with a bucket, a collection and a knowledge base, as the program deploys them. */
import type { Client } from "@opensearch-project/opensearch";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../../../local/account/identity.ts";
import { PATHS } from "../../../local/gateway/contract.ts";
import type { Statement } from "../../../policies/isolation/types.ts";
import { openSearchAt } from "./open-search.ts";
import { roleArn, type Deployment, type TestGateway } from "./support.ts";

export const DIMENSIONS = 256;
export const MODEL = "amazon.titan-embed-text-v2:0";
const MODEL_ARN = `arn:aws:bedrock:${LOCAL_REGION}::foundation-model/${MODEL}`;

export const TENANTS = ["acme", "borealis"] as const;
export type TenantId = (typeof TENANTS)[number];

export const names = (tenant: TenantId) => ({
  bucket: `documents-${tenant}`,
  collection: `dev-${tenant}`,
  collectionId: `${tenant}00000000000000000000`.slice(0, 20),
  knowledgeBaseId: `KB${tenant}`.toUpperCase().padEnd(10, "0"),
  dataSourceId: `DS${tenant}`.toUpperCase().padEnd(10, "0"),
  dataRole: `data.${tenant}`,
  knowledgeBaseRole: `kb.${tenant}`,
});

export const INDEX_DEFINITION = {
  settings: { index: { knn: true } },
  mappings: {
    properties: {
      vector: {
        type: "knn_vector",
        dimension: DIMENSIONS,
        method: { name: "hnsw", engine: "faiss", space_type: "l2" },
      },
      text: { type: "text" },
      metadata: { type: "text", index: false },
      tenant_id: { type: "keyword" },
      groups: { type: "keyword" },
      "x-amz-bedrock-kb-source-uri": { type: "keyword" },
    },
  },
};

export function deployTenant(deployment: Deployment, tenant: TenantId): void {
  const own = names(tenant);
  const tagged = { "aws:PrincipalTag/tenant_id": tenant };
  const bucketArn = `arn:aws:s3:::${own.bucket}`;
  const statements: Statement[] = [
    {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
      Resource: [bucketArn, `${bucketArn}/*`],
    },
    {
      Effect: "Allow",
      Action: "aoss:APIAccessAll",
      Resource: `arn:aws:aoss:${LOCAL_REGION}:${LOCAL_ACCOUNT}:collection/*`,
      Condition: { StringEquals: { ...tagged, "aoss:collection": own.collection } },
    },
    {
      Effect: "Allow",
      Action: ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
      Resource: `arn:aws:bedrock:${LOCAL_REGION}::foundation-model/*`,
    },
    {
      Effect: "Allow",
      Action: ["bedrock:StartIngestionJob", "bedrock:GetIngestionJob", "bedrock:Retrieve"],
      Resource: `arn:aws:bedrock:${LOCAL_REGION}:${LOCAL_ACCOUNT}:knowledge-base/*`,
      Condition: { StringEquals: { "aws:ResourceTag/tenant_id": tenant } },
    },
  ];
  deployment.role(own.dataRole, { policy: statements });
  deployment.role(own.knowledgeBaseRole, {
    policy: statements,
    tags: { tenant_id: tenant },
    trust: [
      {
        Effect: "Allow",
        Principal: { Service: "bedrock.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": LOCAL_ACCOUNT },
          ArnLike: { "aws:SourceArn": `arn:aws:bedrock:${LOCAL_REGION}:${LOCAL_ACCOUNT}:knowledge-base/*` },
        },
      },
    ],
  });
  deployment.bucket(own.bucket, {
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:*Object*", "s3:ListBucket*"],
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: { StringNotEquals: tagged },
  });
  deployCollection(deployment, tenant);
  deployment.put("aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase", own.knowledgeBaseId, {
    name: `dev-${tenant}`,
    roleArn: roleArn(own.knowledgeBaseRole),
    tags: { tenant_id: tenant },
    knowledgeBaseConfiguration: {
      type: "VECTOR",
      vectorKnowledgeBaseConfiguration: {
        embeddingModelArn: MODEL_ARN,
        embeddingModelConfiguration: { bedrockEmbeddingModelConfiguration: { dimensions: DIMENSIONS } },
      },
    },
    storageConfiguration: {
      type: "OPENSEARCH_SERVERLESS",
      opensearchServerlessConfiguration: {
        collectionArn: `arn:aws:aoss:${LOCAL_REGION}:${LOCAL_ACCOUNT}:collection/${own.collectionId}`,
        vectorIndexName: "kb",
        fieldMapping: { vectorField: "vector", textField: "text", metadataField: "metadata" },
      },
    },
  });
  deployDataSource(deployment, tenant, own.bucket);
}

export function deployDataSource(deployment: Deployment, tenant: TenantId, bucket: string): void {
  const { dataSourceId, knowledgeBaseId } = names(tenant);
  deployment.put("aws:bedrock/agentDataSource:AgentDataSource", `${dataSourceId},${knowledgeBaseId}`, {
    name: `dev-${tenant}`,
    dataSourceId,
    knowledgeBaseId,
    dataSourceConfiguration: {
      type: "S3",
      s3Configuration: { bucketArn: `arn:aws:s3:::${bucket}`, inclusionPrefixes: [`${tenant}/`] },
    },
  });
}

function deployCollection(deployment: Deployment, tenant: TenantId): void {
  const own = names(tenant);
  const { collection, collectionId } = own;
  deployment.put("aws:opensearch/serverlessCollection:ServerlessCollection", collectionId, {
    name: collection,
    type: "VECTORSEARCH",
    arn: `arn:aws:aoss:${LOCAL_REGION}:${LOCAL_ACCOUNT}:collection/${collectionId}`,
    collectionEndpoint: `http://unused${PATHS.collection(collectionId)}`,
    tags: { tenant_id: tenant },
  });
  const rule = (resource: string, permissions: string[], ...roles: string[]) => ({
    Rules: [{ ResourceType: "index", Resource: [resource], Permission: permissions }],
    Principal: roles.map(roleArn),
  });
  deployment.put("aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy", collection, {
    name: collection,
    type: "data",
    policy: JSON.stringify([
      rule(`index/${collection}/kb`, ["aoss:ReadDocument", "aoss:DescribeIndex"], own.dataRole),
      rule(
        `index/${collection}/kb`,
        ["aoss:ReadDocument", "aoss:DescribeIndex", "aoss:WriteDocument"],
        own.knowledgeBaseRole,
      ),
      rule(`index/${collection}/*`, ["aoss:*"], "admin"),
    ]),
  });
  deployNetwork(deployment, tenant, { SourceVPCEs: ["vpce-1"], SourceServices: ["bedrock.amazonaws.com"] });
}

export function deployNetwork(deployment: Deployment, tenant: TenantId, sources: object): void {
  const { collection } = names(tenant);
  deployment.put(
    "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy",
    `${collection}/network`,
    {
      name: collection,
      type: "network",
      policy: JSON.stringify([
        {
          Rules: [{ ResourceType: "collection", Resource: [`collection/${collection}`] }],
          AllowFromPublic: false,
          ...sources,
        },
      ]),
    },
  );
}

/** The OpenSearch client on a tenant's collection, signed as a role's session. */
export const openSearch = (
  test: TestGateway,
  tenant: TenantId,
  role: string,
  tags?: Readonly<Record<string, string>>,
): Client => openSearchAt(test, "aoss", PATHS.collection(names(tenant).collectionId), role, tags);

/** The HTTP status of what a client call ends in. */
export async function statusOf(call: PromiseLike<{ statusCode: number | null }>): Promise<number | null> {
  try {
    return (await call).statusCode;
  } catch (error) {
    return (error as { statusCode?: number }).statusCode ?? null;
  }
}
