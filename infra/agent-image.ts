import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ImageInput } from "../runtime/contract/admin-payloads.ts";
import { platformNames } from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import { EncryptedBucket } from "../tenants/bucket.ts";
import * as documents from "./documents/agent-roles.ts";
import { PlatformFunction, type FunctionDefaults } from "./platform-function.ts";
import type { Settings } from "./settings.ts";

export interface AgentImageArgs {
  readonly functions: FunctionDefaults;
  readonly settings: Settings;
  readonly boundaryArn: pulumi.Input<string>;
  /** The project's folder. */
  readonly root: string;
}

/** Seconds. Lambda's limit is 900. */
const BUILD_SECONDS = 840;

/** The agent's image: made in the account from a context that the program uploads, when that changes. No Docker where the program runs. */
export class AgentImage extends pulumi.ComponentResource {
  /** `<repository>@sha256:…`: no tag that could come to mean something else. */
  readonly uri: pulumi.Output<string>;

  constructor(name: string, args: AgentImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:AgentImage", name, {}, opts);
    const { functions, settings } = args;
    const { place, keyArn } = functions;
    const names = platformNames(place);
    const inside = { parent: this };
    const tags = documents.agentTags(place);

    const repository = new aws.ecr.Repository(
      `${name}-repository`,
      {
        name: names.agentRepository,
        imageTagMutability: "IMMUTABLE",
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: keyArn }],
        // An image is made from the context again.
        forceDelete: true,
        tags,
      },
      { parent: this, deleteBeforeReplace: true },
    );
    const rules = [
      new aws.ecr.RepositoryPolicy(
        `${name}-repository-policy`,
        { repository: repository.name, policy: documents.repositoryPolicy(place) },
        inside,
      ),
      new aws.ecr.LifecyclePolicy(
        `${name}-lifecycle`,
        { repository: repository.name, policy: documents.lifecyclePolicy() },
        inside,
      ),
    ];
    const context = contextOf(args.root, functions.bundles.agent);
    const bucket = new EncryptedBucket(
      `${name}-contexts`,
      {
        bucket: names.buildBucket,
        keyArn,
        policy: documents.buildBucketPolicy(place),
        tags,
        protect: false,
      },
      inside,
    );
    const upload = new aws.s3.BucketObjectv2(
      `${name}-context`,
      {
        bucket: bucket.ready,
        key: `agent/${context.hash}.zip`,
        source: new pulumi.asset.AssetArchive(context.files),
      },
      inside,
    );
    const project = this.#project(name, args, repository);
    const builder = new PlatformFunction(
      {
        fn: "image-build",
        defaults: functions,
        environment: { ENVIRONMENT: place.environment },
        timeout: BUILD_SECONDS,
      },
      inside,
    );
    const baseImage = settings.agentBaseImage;
    const input: ImageInput = {
      kind: "image",
      name: "agent",
      body: {
        project: names.agentBuild,
        repository: names.agentRepository,
        context: `${names.buildBucket}/agent/${context.hash}.zip`,
        tag: hash(context.hash, baseImage),
        baseImage,
      },
      revision: "1",
    };
    const built = new aws.lambda.Invocation(
      `${name}-build`,
      {
        functionName: after(builder.functionName, project),
        input: JSON.stringify(input),
        lifecycleScope: "CRUD",
      },
      { parent: this, dependsOn: [upload, ...rules] },
    );
    this.uri = pulumi.interpolate`${repository.repositoryUrl}@${built.result.apply(digestOf)}`;
    this.registerOutputs({ uri: this.uri });
  }

  #project(name: string, args: AgentImageArgs, repository: aws.ecr.Repository): aws.codebuild.Project {
    const { place, keyArn } = args.functions;
    const names = platformNames(place);
    const inside = { parent: this };
    const logs = new aws.cloudwatch.LogGroup(
      `${name}-build-log`,
      {
        name: names.agentBuildLogGroup,
        retentionInDays: args.settings.logRetentionDays,
        kmsKeyId: keyArn,
      },
      inside,
    );
    const role = new aws.iam.Role(
      `${name}-build-role`,
      {
        name: names.agentBuildRoleName,
        assumeRolePolicy: documents.buildTrust(place),
        permissionsBoundary: args.boundaryArn,
      },
      inside,
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-build-policy`,
      { name: "build", role: role.name, policy: documents.buildPolicy(place) },
      inside,
    );
    return new aws.codebuild.Project(
      `${name}-project`,
      {
        name: names.agentBuild,
        description: "The image of the agent",
        serviceRole: after(role.arn, policy),
        artifacts: { type: "NO_ARTIFACTS" },
        // Which context, each build is told.
        source: { type: "S3", location: `${names.buildBucket}/agent/context.zip` },
        environment: {
          type: "ARM_CONTAINER",
          computeType: "BUILD_GENERAL1_SMALL",
          image: "aws/codebuild/amazonlinux-aarch64-standard:3.0",
          imagePullCredentialsType: "CODEBUILD",
          // Docker runs inside the build's container.
          privilegedMode: true,
          environmentVariables: [{ name: "REPOSITORY_URI", value: repository.repositoryUrl }],
        },
        logsConfig: { cloudwatchLogs: { status: "ENABLED", groupName: logs.name } },
        buildTimeout: 15,
        queuedTimeout: 30,
        concurrentBuildLimit: 1,
        tags: documents.agentTags(place),
      },
      { parent: this, deleteBeforeReplace: true },
    );
  }
}

/** What a build gets, and what tells it from any other: a hash over the files, not over a zip, whose bytes hold times. */
function contextOf(root: string, bundle: string) {
  const files = {
    Dockerfile: join(root, "runtime", "agent", "Dockerfile"),
    "buildspec.yml": join(root, "runtime", "agent", "buildspec.yml"),
    "index.js": join(bundle, "index.js"),
  };
  const parts = Object.entries(files).flatMap(([file, path]) => [file, readFileSync(path)]);
  return {
    files: Object.fromEntries(
      Object.entries(files).map(([file, path]) => [file, new pulumi.asset.FileAsset(path)]),
    ),
    hash: hash(...parts),
  };
}

function hash(...parts: readonly (string | Buffer)[]): string {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(`${part.length}:`).update(part);
  return digest.digest("hex").slice(0, 32);
}

function digestOf(result: string): string {
  const { digest } = JSON.parse(result) as { readonly digest?: unknown };
  if (typeof digest !== "string" || !/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new Error(`the build of the agent's image answered no digest: ${result}`);
  return digest;
}
