import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { BedrockAgentRuntimeClient, RetrieveCommand } from "@aws-sdk/client-bedrock-agent-runtime";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { Client } from "@opensearch-project/opensearch";
import { AwsSigv4Signer } from "@opensearch-project/opensearch/aws-v3";
import { OPERATOR } from "../account/identity.ts";
import { tryAws, type Attack, type Outcome } from "./attack.ts";
import type { Party, Stage } from "./stage.ts";

type Reach = (stage: Stage, owner: Party, config: Config) => Promise<unknown>;
type Config = ReturnType<Stage["asRole"]>;

/** One tenant's genuine credentials on what another one owns; the control is the same on its own. */
export const RESOURCE_ATTACKS: readonly Attack<Stage>[] = [
  acrossTenants("another tenant's object", getObject),
  acrossTenants("the list of another tenant's objects", (stage, owner, config) =>
    new S3Client(config).send(
      new ListObjectsV2Command({
        Bucket: stage.names(owner.id).bucket,
        Prefix: stage.names(owner.id).objectPrefix,
      }),
    ),
  ),
  acrossTenants("a presigned URL for another tenant's object", presigned),
  acrossTenants("another tenant's key, for an object in one's own bucket", useKey),
  acrossTenants("another tenant's registry item", (stage, owner, config) =>
    DynamoDBDocumentClient.from(new DynamoDBClient(config)).send(
      new GetCommand({
        TableName: stage.platform.registryTable,
        Key: { tenant_id: owner.id, record: "tenant" },
      }),
    ),
  ),
  {
    name: "the whole registry, by a scan",
    layer: "resources",
    attempt: async (stage) => {
      const config = await stage.asTenant(stage.attacker);
      return tryAws(stage.gateway, () =>
        new DynamoDBClient(config).send(new ScanCommand({ TableName: stage.platform.registryTable })),
      );
    },
    control: async (stage) => {
      const config = await stage.asTenant(stage.attacker);
      return tryAws(stage.gateway, () =>
        DynamoDBDocumentClient.from(new DynamoDBClient(config)).send(
          new GetCommand({
            TableName: stage.platform.registryTable,
            Key: { tenant_id: stage.attacker.id, record: "tenant" },
          }),
        ),
      );
    },
  },
  {
    name: "a tenant's object, with the operator's rights but no tag",
    layer: "resources",
    attempt: (stage) => tryAws(stage.gateway, () => getObject(stage, stage.victim, stage.asRole(OPERATOR))),
    control: (stage) => own(stage, getObject),
  },
];

/** The same on what only silo tenants have. */
export const SILO_ATTACKS: readonly Attack<Stage>[] = [
  acrossTenants("another tenant's collection", searchCollection),
  {
    name: "another tenant's knowledge base, by Retrieve",
    layer: "resources",
    attempt: async (stage) => {
      const { store } = await stage.registryItem(stage.victim.id);
      if (store.kind !== "silo") throw new Error(`${stage.victim.id} has no knowledge base`);
      return retrieve(stage, store.knowledgeBaseId);
    },
    control: (stage) => retrieve(stage, referenceKnowledgeBase(stage)),
  },
];

/** The attacker's credentials on the victim's resource; and on its own. */
function acrossTenants(name: string, reach: Reach): Attack<Stage> {
  return {
    name,
    layer: "resources",
    attempt: async (stage) => {
      const config = await stage.asTenant(stage.attacker);
      return tryAws(stage.gateway, () => reach(stage, stage.victim, config));
    },
    control: (stage) => own(stage, reach),
  };
}

async function own(stage: Stage, reach: Reach): Promise<Outcome> {
  const config = await stage.asTenant(stage.attacker);
  return tryAws(stage.gateway, () => reach(stage, stage.attacker, config));
}

function getObject(stage: Stage, owner: Party, config: Config): Promise<unknown> {
  return new S3Client(config).send(
    new GetObjectCommand({ Bucket: stage.names(owner.id).bucket, Key: owner.objectKey }),
  );
}

async function presigned(stage: Stage, owner: Party, config: Config): Promise<void> {
  const url = await getSignedUrl(
    new S3Client(config),
    new GetObjectCommand({ Bucket: stage.names(owner.id).bucket, Key: owner.objectKey }),
    { expiresIn: 60 },
  );
  const response = await fetch(url);
  if (response.ok) return;
  throw Object.assign(new Error(await response.text()), { statusCode: response.status });
}

/** Puts an object into the attacker's own bucket under `owner`'s key: S3 asks KMS as the caller. */
async function useKey(stage: Stage, owner: Party, config: Config): Promise<void> {
  const names = stage.names(stage.attacker.id);
  const alias = stage.gateway.account.find("aws:kms/alias:Alias", "name", stage.names(owner.id).keyAlias);
  const object = { Bucket: names.bucket, Key: `${names.objectPrefix}key-probe.txt` };
  const s3 = new S3Client(config);
  await s3.send(
    new PutObjectCommand({
      ...object,
      Body: "probe",
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: String(alias?.outputs["targetKeyArn"]),
      BucketKeyEnabled: true,
    }),
  );
  await s3.send(new DeleteObjectCommand(object));
}

async function searchCollection(stage: Stage, owner: Party, config: Config): Promise<void> {
  const { store } = await stage.registryItem(owner.id);
  const client = new Client({
    ...AwsSigv4Signer({
      region: config.region,
      service: "aoss",
      getCredentials: () => Promise.resolve(config.credentials),
    }),
    node: store.endpoint,
    maxRetries: 0,
  });
  try {
    await client.search({ index: store.index, body: { query: { match_all: {} } } });
  } finally {
    await client.close();
  }
}

async function retrieve(stage: Stage, knowledgeBaseId: string): Promise<Outcome> {
  const config = await stage.asTenant(stage.attacker);
  return tryAws(stage.gateway, () =>
    new BedrockAgentRuntimeClient(config).send(
      new RetrieveCommand({ knowledgeBaseId, retrievalQuery: { text: "claims" } }),
    ),
  );
}

function referenceKnowledgeBase(stage: Stage): string {
  const name = stage.platform.referenceKnowledgeBase;
  const record = stage.gateway.account.find(
    "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase",
    "name",
    name,
  );
  if (!record) throw new Error(`there is no knowledge base ${name}`);
  return record.id;
}
