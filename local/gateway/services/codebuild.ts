/**
 * AWS CodeBuild, as far as a build of the agent's image goes: StartBuild, BatchGetBuilds, ListBuildsForProject. No container is built:
 * what is decided is whether the project's role may read the context and push, and what comes of it is an image whose digest follows
 * from the context and the base. Source: AWS CodeBuild API reference, 2016-10-06.
 */
import { createHash, randomUUID } from "node:crypto";
import { unzipSync } from "fflate";
import { z } from "zod";
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import { AwsError, type Call, type Gateway, type Service, type Session } from "../contract.ts";
import { resourceTags } from "./bedrock-model-ids.ts";
import { repositoryArn } from "./ecr.ts";
import { imagesOf, parseReference, REPOSITORY } from "./images.ts";
import { keepContext } from "./image-tree.ts";
import { jsonReply, operationOf, readInput } from "./json-rpc.ts";

const PROJECT = "aws:codebuild/project:Project";
/** Pushing asks for all of these. */
const PUSH = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:InitiateLayerUpload",
  "ecr:UploadLayerPart",
  "ecr:CompleteLayerUpload",
  "ecr:PutImage",
];
const CONTEXT_FILES = ["Dockerfile", "buildspec.yml"];

const Variable = z.strictObject({
  name: z.string(),
  value: z.string(),
  type: z.literal("PLAINTEXT").optional(),
});
const Started = z.strictObject({
  projectName: z.string(),
  idempotencyToken: z.string().optional(),
  sourceTypeOverride: z.literal("S3").optional(),
  sourceLocationOverride: z.string(),
  environmentVariablesOverride: z.array(Variable).default([]),
});
const Deployed = z.looseObject({
  serviceRole: z.string(),
  environment: z.looseObject({
    environmentVariables: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
  }),
});

interface Build {
  readonly id: string;
  readonly project: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly status: "SUCCEEDED" | "FAILED";
  readonly reason: string;
  /** A build is seen running before it is seen at its end. */
  readonly asked: number;
}

const projectArn = (name: string): string =>
  `arn:${LOCAL_PARTITION}:codebuild:${LOCAL_REGION}:${LOCAL_ACCOUNT}:project/${name}`;

export function createCodeBuildService(gateway: Gateway): Service {
  const builds = gateway.account.table<Build>("codebuild-builds");
  const authorize = (call: Call, action: string, project: string): void => {
    const context = resourceTags(gateway.account.resource(PROJECT, project));
    gateway.authorize(call, { action: `codebuild:${action}`, resource: projectArn(project), context });
  };
  const shown = ({ id, project, variables, status, reason, asked }: Build): object => ({
    id,
    projectName: project,
    buildStatus: asked === 0 ? "IN_PROGRESS" : status,
    environment: {
      environmentVariables: Object.entries(variables).map(([name, value]) => ({ name, value })),
    },
    ...(asked > 0 &&
      status === "FAILED" && { phases: [{ phaseType: "BUILD", contexts: [{ message: reason }] }] }),
  });
  const operations = {
    StartBuild: async (call: Call) => {
      const input = readInput(call, Started);
      authorize(call, "StartBuild", input.projectName);
      const project = gateway.account.resource(PROJECT, input.projectName);
      if (!project)
        throw new AwsError(
          "ResourceNotFoundException",
          `Project cannot be found: ${projectArn(input.projectName)}`,
        );
      const of = Deployed.parse(project.outputs);
      const variables = Object.fromEntries(
        [...(of.environment.environmentVariables ?? []), ...input.environmentVariablesOverride].map(
          ({ name, value }) => [name, value],
        ),
      );
      const build: Build = {
        id: `${input.projectName}:${randomUUID()}`,
        project: input.projectName,
        variables,
        ...(await run(gateway, of.serviceRole, input.projectName, input.sourceLocationOverride, variables)),
        asked: 0,
      };
      builds.put(build.id, build);
      return { build: shown(build) };
    },
    BatchGetBuilds: (call: Call) => {
      const { ids } = readInput(call, z.strictObject({ ids: z.array(z.string()).min(1).max(100) }));
      for (const project of new Set(ids.map((id) => id.split(":")[0] ?? "")))
        authorize(call, "BatchGetBuilds", project);
      const found = ids.flatMap((id) => builds.get(id) ?? []);
      for (const build of found) builds.put(build.id, { ...build, asked: build.asked + 1 });
      const known = new Set(found.map(({ id }) => id));
      return { builds: found.map(shown), buildsNotFound: ids.filter((id) => !known.has(id)) };
    },
    ListBuildsForProject: (call: Call) => {
      const { projectName } = readInput(
        call,
        z.strictObject({ projectName: z.string(), sortOrder: z.literal("DESCENDING").optional() }),
      );
      authorize(call, "ListBuildsForProject", projectName);
      return { ids: [...builds.entries(`${projectName}:`)].map(([id]) => id) };
    },
  };
  const served = Object.keys(operations) as (keyof typeof operations)[];
  return {
    serves: (call) => call.service === "codebuild",
    handle: async (call) =>
      jsonReply(call, await operations[operationOf(call, "CodeBuild_20161006.", served)](call)),
  };
}

async function run(
  gateway: Gateway,
  roleArn: string,
  project: string,
  source: string,
  variables: Readonly<Record<string, string>>,
): Promise<Pick<Build, "status" | "reason">> {
  try {
    const session = gateway.assumeAsService("codebuild.amazonaws.com", roleArn, "AWSCodeBuild", {
      "aws:SourceAccount": LOCAL_ACCOUNT,
      "aws:SourceArn": projectArn(project),
    });
    const context = await download(gateway, session, source);
    push(gateway, session, context, variables);
    return { status: "SUCCEEDED", reason: "" };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { status: "FAILED", reason: error.message };
  }
}

async function download(gateway: Gateway, session: Session, source: string): Promise<Buffer> {
  const reply = await gateway.call({
    service: "s3",
    method: "GET",
    rawPath: `/${source}`,
    body: Buffer.alloc(0),
    session,
  });
  const body = Buffer.from(reply.body ?? "");
  if (reply.status !== 200)
    throw new AwsError("CLIENT_ERROR", `${source} can't be read: ${body.toString("utf8")}`);
  const files = Object.keys(unzipSync(body));
  const missing = CONTEXT_FILES.filter((file) => !files.includes(file));
  if (missing.length > 0) throw new AwsError("CLIENT_ERROR", `${source} has no ${missing.join(", ")}`);
  return body;
}

/** What the buildspec does, by its variables. */
function push(
  gateway: Gateway,
  session: Session,
  context: Buffer,
  variables: Readonly<Record<string, string>>,
): void {
  const { REPOSITORY_URI = "", IMAGE_TAG: tag = "", NODE_IMAGE = "" } = variables;
  const name = parseReference(REPOSITORY_URI)?.name;
  const repository = name === undefined ? undefined : gateway.account.resource(REPOSITORY, name);
  if (name === undefined || !repository || tag === "")
    throw new AwsError("CLIENT_ERROR", `there is no repository ${REPOSITORY_URI} to push "${tag}" to`);
  const who = { principal: session.principal, session, id: randomUUID() };
  gateway.authorize(who, { action: "ecr:GetAuthorizationToken", resource: "*" });
  for (const action of PUSH)
    gateway.authorize(who, { action, resource: repositoryArn(name), context: resourceTags(repository) });
  const images = imagesOf(gateway.account, name);
  const digest = `sha256:${createHash("sha256").update(NODE_IMAGE).update("\0").update(context).digest("hex")}`;
  const there = images.find({ tag });
  if (there && there.digest !== digest && repository.outputs["imageTagMutability"] === "IMMUTABLE")
    throw new AwsError(
      "ImageTagAlreadyExistsException",
      `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the repository is immutable.`,
    );
  keepContext(gateway.account.folder, digest, context);
  images.put({ digest, tag, pushed: new Date().toISOString() });
}
