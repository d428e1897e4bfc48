/** References that are there, and of no use: what the services say when they try them, as they do when a resource is made. */
import assert from "node:assert/strict";
import type { Properties } from "../../../local/provider/values.ts";
import { INDEX_DEFINITION, deployTenant, names, openSearch } from "../gateway/knowledge-account.ts";
import { deployFunction, functionArn } from "../gateway/functions/support.ts";
import { roleArn, type Deployment } from "../gateway/support.ts";
import { RealAccount } from "./support/real-account.ts";

const own = names("acme");
const KNOWLEDGE_BASE = "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase";
const COLLECTION = `arn:aws:aoss:us-east-1:111122223333:collection/${own.collectionId}`;
const TRUST = {
  Effect: "Allow",
  Principal: { Service: "bedrock.amazonaws.com" },
  Action: "sts:AssumeRole",
} as const;
const STORE = { Effect: "Allow", Action: "aoss:APIAccessAll", Resource: "*" } as const;
const EMBED = { Effect: "Allow", Action: "bedrock:InvokeModel", Resource: "*" } as const;

interface KnowledgeBase {
  readonly role?: string;
  readonly collection?: string;
  readonly index?: string;
  readonly vectorField?: string;
}

const knowledgeBase = ({ role = own.knowledgeBaseRole, collection, index, vectorField }: KnowledgeBase) => ({
  name: "another",
  roleArn: roleArn(role),
  knowledgeBaseConfiguration: {
    type: "VECTOR",
    vectorKnowledgeBaseConfiguration: {
      embeddingModelArn: "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0",
      embeddingModelConfiguration: { bedrockEmbeddingModelConfiguration: { dimensions: 256 } },
    },
  },
  storageConfiguration: {
    type: "OPENSEARCH_SERVERLESS",
    opensearchServerlessConfiguration: {
      collectionArn: collection ?? COLLECTION,
      vectorIndexName: index ?? "kb",
      fieldMapping: { vectorField: vectorField ?? "vector", textField: "text", metadataField: "metadata" },
    },
  },
});

/** What is made, and what is wrong with it; the last of each type has nothing wrong. */
const CASES: readonly (readonly [
  what: string,
  type: string,
  inputs: Properties,
  said: RegExp | undefined,
])[] = [
  [
    "whose role Bedrock can't assume",
    KNOWLEDGE_BASE,
    knowledgeBase({ role: own.dataRole }),
    /unable to assume the given role/,
  ],
  [
    "whose role may not use the model",
    KNOWLEDGE_BASE,
    knowledgeBase({ role: "modelless" }),
    /not able to call specified embedding model/,
  ],
  [
    "whose role has no access to the collection",
    KNOWLEDGE_BASE,
    knowledgeBase({ role: "storeless" }),
    /Request failed.*403 Forbidden/,
  ],
  [
    "whose role no data-access policy names",
    KNOWLEDGE_BASE,
    knowledgeBase({ role: "unnamed" }),
    /Request failed.*403 Forbidden/,
  ],
  [
    "whose collection is missing",
    KNOWLEDGE_BASE,
    knowledgeBase({ collection: `${COLLECTION}x` }),
    /no collection/,
  ],
  ["whose index is missing", KNOWLEDGE_BASE, knowledgeBase({ index: "absent" }), /no such index \[absent\]/],
  [
    "whose index lacks the vector",
    KNOWLEDGE_BASE,
    knowledgeBase({ vectorField: "absent" }),
    /Query vector field absent/,
  ],
  ["that has all it needs", KNOWLEDGE_BASE, knowledgeBase({}), undefined],
  ...(
    [
      ["of a missing bucket", "arn:aws:s3:::absent", /bucket arn:aws:s3:::absent does not exist/],
      ["of a bucket that is there", `arn:aws:s3:::${own.bucket}`, undefined],
    ] as const
  ).map(
    ([what, bucketArn, said]) =>
      [
        what,
        "aws:bedrock/agentDataSource:AgentDataSource",
        {
          name: "another",
          knowledgeBaseId: own.knowledgeBaseId,
          dataSourceConfiguration: { type: "S3", s3Configuration: { bucketArn } },
        },
        said,
      ] as const,
  ),
  ...(
    [
      ["of a role that is missing", roleArn("absent"), /provided principal was invalid/],
      ["of no principal at all", "nobody", /provided principal was invalid/],
      ["of a role that is there", roleArn(own.dataRole), undefined],
      ["of a service", "apigateway.amazonaws.com", undefined],
      ["of another account's role", "arn:aws:iam::444455556666:role/theirs", undefined],
    ] as const
  ).map(
    ([what, principal, said]) =>
      [
        what,
        "aws:lambda/permission:Permission",
        { function: "listener", action: "lambda:InvokeFunction", statementId: "s", principal },
        said,
      ] as const,
  ),
  [
    "to a function that S3 may not invoke",
    "aws:s3/bucketNotification:BucketNotification",
    {
      bucket: own.bucket,
      lambdaFunctions: [{ lambdaFunctionArn: functionArn("listener"), events: ["s3:ObjectCreated:*"] }],
    },
    /Unable to validate the following destination/,
  ],
];

function deploy(deployment: Deployment): void {
  deployTenant(deployment, "acme");
  deployment.role("admin", { policy: [{ Effect: "Allow", Action: "aoss:*", Resource: "*" }] });
  deployment.role("modelless", { trust: [TRUST], policy: [STORE] });
  deployment.role("storeless", { trust: [TRUST], policy: [EMBED] });
  deployment.role("unnamed", { trust: [TRUST], policy: [STORE, EMBED] });
  deployFunction(deployment, "listener", { code: "exports.handler = async () => 1;" });
}

describe("references that are of no use", () => {
  let real: RealAccount;
  before(async () => {
    real = await RealAccount.start();
    deploy(real.test.deployment);
    await openSearch(real.test, "acme", "admin").indices.create({
      index: "kb",
      body: INDEX_DEFINITION as object,
    });
  });
  after(() => real.stop());

  for (const [what, type, inputs, said] of CASES)
    it(`${type.split(":").at(-1) ?? ""} ${what}: ${said === undefined ? "made" : said.source}`, async () => {
      const made = real.create(type, "r", inputs);
      if (said === undefined) await real.delete(type, "r", await made);
      else await assert.rejects(made, said);
    });
});
