import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { CHUNK_FIELDS, SILO_INDEX, type Place } from "../runtime/contract/names.ts";
import type { CollectionIndexInput } from "../runtime/contract/admin-payloads.ts";
import { collectionNetwork } from "./documents/collection-policies.ts";
import { arns } from "./documents/policy.ts";

export interface CollectionKnowledgeBaseArgs {
  readonly place: Place;
  /** Physical names. A change replaces what it names. */
  readonly collection: string;
  readonly knowledgeBase: string;
  readonly dataSource: string;
  /** The collection's data-access policy as JSON. */
  readonly accessPolicy: string;
  readonly keyArn: pulumi.Input<string>;
  readonly collectionGroup: pulumi.Input<string>;
  readonly vpcEndpointIds: pulumi.Input<readonly string[]>;
  /** Role that Bedrock ingests with; its policies must be attached before a knowledge base is made. */
  readonly roleArn: pulumi.Input<string>;
  readonly bucketArn: pulumi.Input<string>;
  /** The one prefix that is ingested. */
  readonly prefix: string;
  readonly embeddingModelId: string;
  readonly embeddingDimensions: number;
  readonly searchAdminFunction: pulumi.Input<string>;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * An OpenSearch Serverless collection with its one index, and the Bedrock knowledge base that ingests a bucket into it.
 * The index has to exist before the knowledge base; no provider makes it, so the `search-admin` function does.
 */
export class CollectionKnowledgeBase extends pulumi.ComponentResource {
  readonly endpoint: pulumi.Output<string>;
  readonly knowledgeBaseId: pulumi.Output<string>;
  readonly dataSourceId: pulumi.Output<string>;

  constructor(name: string, args: CollectionKnowledgeBaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:tenants:CollectionKnowledgeBase", name, {}, opts);
    // Two policies of one name can't be, and the provider does not ask for this order by itself.
    const replacedInPlace = { parent: this, deleteBeforeReplace: true };
    const tags = { ...args.tags };

    const network = new aws.opensearch.ServerlessSecurityPolicy(
      `${name}-network`,
      {
        name: args.collection,
        type: "network",
        policy: pulumi.output(args.vpcEndpointIds).apply((ids) => collectionNetwork(args.collection, ids)),
      },
      replacedInPlace,
    );
    const access = new aws.opensearch.ServerlessAccessPolicy(
      `${name}-access`,
      { name: args.collection, type: "data", policy: args.accessPolicy },
      replacedInPlace,
    );
    const collection = new aws.opensearch.ServerlessCollection(
      `${name}-collection`,
      {
        name: args.collection,
        type: "VECTORSEARCH",
        collectionGroupName: args.collectionGroup,
        encryptionConfigs: [{ awsOwnedKey: false, kmsKeyArn: args.keyArn }],
        tags,
      },
      { parent: this, dependsOn: [network], deleteBeforeReplace: true },
    );
    const input: CollectionIndexInput = {
      kind: "collection-index",
      name: `${args.collection}/${SILO_INDEX}`,
      body: { collection: args.collection, index: SILO_INDEX, dimensions: args.embeddingDimensions },
      revision: "1",
    };
    const index = new aws.lambda.Invocation(
      `${name}-index`,
      { functionName: args.searchAdminFunction, input: JSON.stringify(input), lifecycleScope: "CRUD" },
      {
        parent: this,
        dependsOn: [collection, access],
        replaceOnChanges: ["input"],
        deleteBeforeReplace: true,
      },
    );
    const knowledgeBase = new aws.bedrock.AgentKnowledgeBase(
      `${name}-knowledge-base`,
      {
        name: args.knowledgeBase,
        roleArn: args.roleArn,
        knowledgeBaseConfiguration: {
          type: "VECTOR",
          vectorKnowledgeBaseConfiguration: {
            embeddingModelArn: arns(args.place).model(args.embeddingModelId),
            embeddingModelConfiguration: {
              bedrockEmbeddingModelConfiguration: { dimensions: args.embeddingDimensions },
            },
          },
        },
        storageConfiguration: {
          type: "OPENSEARCH_SERVERLESS",
          opensearchServerlessConfiguration: {
            collectionArn: collection.arn,
            vectorIndexName: SILO_INDEX,
            fieldMapping: {
              vectorField: CHUNK_FIELDS.vector,
              textField: CHUNK_FIELDS.text,
              metadataField: CHUNK_FIELDS.metadata,
            },
          },
        },
        tags,
      },
      { parent: this, dependsOn: [index], deleteBeforeReplace: true },
    );
    const dataSource = new aws.bedrock.AgentDataSource(
      `${name}-data-source`,
      {
        name: args.dataSource,
        knowledgeBaseId: knowledgeBase.id,
        // RETAIN: deletion of the store deletes the vectors; DELETE would need role, key and store to outlive this.
        dataDeletionPolicy: "RETAIN",
        dataSourceConfiguration: {
          type: "S3",
          s3Configuration: { bucketArn: args.bucketArn, inclusionPrefixes: [args.prefix] },
        },
        vectorIngestionConfiguration: {
          chunkingConfiguration: {
            chunkingStrategy: "FIXED_SIZE",
            fixedSizeChunkingConfiguration: { maxTokens: 300, overlapPercentage: 20 },
          },
        },
      },
      { parent: this, deleteBeforeReplace: true },
    );

    this.endpoint = collection.collectionEndpoint;
    this.knowledgeBaseId = knowledgeBase.id;
    this.dataSourceId = dataSource.dataSourceId;
    this.registerOutputs({
      endpoint: this.endpoint,
      knowledgeBaseId: this.knowledgeBaseId,
      dataSourceId: this.dataSourceId,
    });
  }
}
