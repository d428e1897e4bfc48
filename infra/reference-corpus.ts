import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { IngestionInput } from "../runtime/contract/admin-payloads.ts";
import { CORPUS_TAG, platformNames, type Place } from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import { EncryptedBucket } from "../tenants/bucket.ts";
import { CollectionKnowledgeBase } from "../tenants/knowledge-base.ts";
import * as documents from "./documents/reference-corpus.ts";

export interface ReferenceCorpusArgs {
  readonly place: Place;
  readonly deploymentRoleArns: readonly string[];
  readonly boundaryArn: pulumi.Input<string>;
  readonly embeddingModelId: string;
  readonly embeddingDimensions: number;
  readonly collectionGroup: pulumi.Input<string>;
  readonly vpcEndpointIds: pulumi.Input<readonly string[]>;
  readonly searchAdminFunction: pulumi.Input<string>;
  /** Folder of Markdown and text files, or undefined for an empty corpus. */
  readonly folder: string | undefined;
  readonly protect: boolean;
}

/** What all tenants may read and none may write: a bucket, a collection and a knowledge base of the platform. */
export class ReferenceCorpus extends pulumi.ComponentResource {
  readonly knowledgeBaseId: pulumi.Output<string>;

  constructor(name: string, args: ReferenceCorpusArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:ReferenceCorpus", name, {}, opts);
    const { place } = args;
    const names = platformNames(place);
    const inside = { parent: this };
    const tags = { [CORPUS_TAG]: names.referenceKnowledgeBase };

    const role = new aws.iam.Role(
      `${name}-role`,
      {
        name: names.referenceKnowledgeBaseRoleName,
        assumeRolePolicy: documents.trust(place),
        permissionsBoundary: args.boundaryArn,
      },
      inside,
    );
    const rolePolicy = new aws.iam.RolePolicy(
      `${name}-role-policy`,
      { name: "ingest", role: role.name, policy: documents.rolePolicy(place, args.embeddingModelId) },
      inside,
    );
    const key = new aws.kms.Key(
      `${name}-key`,
      {
        description: "The shared reference corpus",
        policy: documents.keyPolicy(place, args.deploymentRoleArns),
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        tags,
      },
      { parent: this, protect: args.protect, dependsOn: [role] },
    );
    const alias = new aws.kms.Alias(
      `${name}-key-alias`,
      { name: names.referenceKeyAlias, targetKeyId: key.keyId },
      inside,
    );
    const bucket = new EncryptedBucket(
      `${name}-documents`,
      {
        bucket: names.referenceBucket,
        keyArn: after(key.arn, alias),
        policy: documents.bucketPolicy(place, args.deploymentRoleArns),
        tags,
        protect: args.protect,
      },
      inside,
    );
    const knowledgeBase = new CollectionKnowledgeBase(
      `${name}-store`,
      {
        place,
        collection: names.referenceCollection,
        knowledgeBase: names.referenceKnowledgeBase,
        dataSource: names.referenceKnowledgeBase,
        accessPolicy: documents.collectionAccessPolicy(place),
        keyArn: key.arn,
        collectionGroup: args.collectionGroup,
        vpcEndpointIds: args.vpcEndpointIds,
        roleArn: after(role.arn, rolePolicy),
        bucketArn: bucket.arn,
        prefix: documents.PREFIX,
        embeddingModelId: args.embeddingModelId,
        embeddingDimensions: args.embeddingDimensions,
        searchAdminFunction: args.searchAdminFunction,
        tags,
      },
      inside,
    );
    this.knowledgeBaseId = knowledgeBase.knowledgeBaseId;
    if (args.folder !== undefined) this.#ingest(name, args, args.folder, bucket, knowledgeBase);
    this.registerOutputs({ knowledgeBaseId: this.knowledgeBaseId });
  }

  /** Uploads the folder and has it ingested; again when a file changes. */
  #ingest(
    name: string,
    args: ReferenceCorpusArgs,
    folder: string,
    bucket: EncryptedBucket,
    knowledgeBase: CollectionKnowledgeBase,
  ): void {
    const files = readdirSync(folder)
      .filter((file) => /\.(md|txt)$/.test(file))
      .sort();
    const revision = createHash("sha256");
    const objects = files.map((file) => {
      const path = join(folder, file);
      revision.update(`${file}\0`).update(readFileSync(path)).update("\0");
      return new aws.s3.BucketObjectv2(
        `${name}-${file}`,
        {
          bucket: bucket.ready,
          key: `${documents.PREFIX}${file}`,
          source: new pulumi.asset.FileAsset(path),
          contentType: file.endsWith(".md") ? "text/markdown; charset=utf-8" : "text/plain; charset=utf-8",
        },
        { parent: this },
      );
    });
    const names = platformNames(args.place);
    const input: IngestionInput = {
      kind: "ingestion",
      name: "reference",
      body: { knowledgeBase: names.referenceKnowledgeBase, dataSource: names.referenceKnowledgeBase },
      revision: revision.digest("hex"),
    };
    new aws.lambda.Invocation(
      `${name}-ingestion`,
      { functionName: args.searchAdminFunction, input: JSON.stringify(input), lifecycleScope: "CRUD" },
      { parent: this, dependsOn: [knowledgeBase, ...objects] },
    );
  }
}
