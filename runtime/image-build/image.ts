import type { CodeBuildClient } from "@aws-sdk/client-codebuild";
import {
  BatchGetBuildsCommand,
  ListBuildsForProjectCommand,
  StartBuildCommand,
  type Build,
} from "@aws-sdk/client-codebuild";
import type { ECRClient } from "@aws-sdk/client-ecr";
import { DescribeImagesCommand, ImageNotFoundException } from "@aws-sdk/client-ecr";
import { z } from "zod";

import type { ImageInput } from "../contract/admin-payloads.ts";
import type { AdminKind } from "../shared/admin.ts";
import type { Wait } from "../shared/wait.ts";
import { waitFor } from "../shared/wait.ts";

type Body = ImageInput["body"];

const body: z.ZodType<Body> = z.strictObject({
  project: z.string().min(1).max(255),
  repository: z.string().min(2).max(256),
  context: z.string().min(3).max(1100),
  tag: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,127}$/),
  baseImage: z.string().min(1).max(1024),
});

/** Builds that are looked through for one that is under way; CodeBuild lists the newest first. */
const LATEST = 10;

/**
 * The agent's image, by the tag that its context's hash is. One that is there is not built again; a build under way is waited for, not
 * started twice; and one that takes longer than a call may is found again by the next.
 */
export function image(
  clients: { readonly builds: Pick<CodeBuildClient, "send">; readonly images: Pick<ECRClient, "send"> },
  wait: Wait,
): AdminKind<Body> {
  return {
    parse: (input) => body.parse(input),
    apply: async (_name, of) => {
      const there = await digestOf(clients.images, of);
      if (there !== undefined) return { digest: there, tag: of.tag };
      const started = (await underWay(clients.builds, of)) ?? (await start(clients.builds, of));
      await waitFor(`image ${of.repository}:${of.tag}`, wait, async () => {
        const build = await buildBy(clients.builds, started);
        if (build?.buildStatus === "IN_PROGRESS") return "the build is running";
        if (build?.buildStatus !== "SUCCEEDED") throw new Error(failure(started, build));
        return {};
      });
      const digest = await digestOf(clients.images, of);
      if (digest === undefined)
        throw new Error(`build ${started} ended well, and ${of.repository} has no image ${of.tag}`);
      return { digest, tag: of.tag };
    },
    // Images go with their repository; another version of the agent may still run on one.
    remove: async () => {},
  };
}

async function digestOf(
  images: Pick<ECRClient, "send">,
  { repository, tag }: Body,
): Promise<string | undefined> {
  try {
    const { imageDetails } = await images.send(
      new DescribeImagesCommand({ repositoryName: repository, imageIds: [{ imageTag: tag }] }),
    );
    return imageDetails?.[0]?.imageDigest;
  } catch (error) {
    if (error instanceof ImageNotFoundException) return undefined;
    throw error;
  }
}

/** The id of a build of this very image that has not ended. */
async function underWay(builds: Pick<CodeBuildClient, "send">, of: Body): Promise<string | undefined> {
  const { ids = [] } = await builds.send(
    new ListBuildsForProjectCommand({ projectName: of.project, sortOrder: "DESCENDING" }),
  );
  if (ids.length === 0) return undefined;
  const answer = await builds.send(new BatchGetBuildsCommand({ ids: ids.slice(0, LATEST) }));
  return answer.builds?.find(
    ({ buildStatus, environment }) =>
      buildStatus === "IN_PROGRESS" &&
      environment?.environmentVariables?.some(
        ({ name, value }) => name === "IMAGE_TAG" && value === of.tag,
      ) === true,
  )?.id;
}

async function start(builds: Pick<CodeBuildClient, "send">, of: Body): Promise<string> {
  const { build } = await builds.send(
    new StartBuildCommand({
      projectName: of.project,
      sourceTypeOverride: "S3",
      sourceLocationOverride: of.context,
      environmentVariablesOverride: [
        { name: "IMAGE_TAG", value: of.tag },
        { name: "NODE_IMAGE", value: of.baseImage },
      ],
    }),
  );
  if (!build?.id) throw new Error(`project ${of.project} started no build`);
  return build.id;
}

async function buildBy(builds: Pick<CodeBuildClient, "send">, id: string): Promise<Build | undefined> {
  return (await builds.send(new BatchGetBuildsCommand({ ids: [id] }))).builds?.[0];
}

function failure(id: string, build: Build | undefined): string {
  const reasons = build?.phases?.flatMap(({ contexts = [] }) => contexts.map(({ message = "" }) => message));
  const because = reasons?.filter((reason) => reason !== "").join("; ") ?? "";
  return `build ${id} is ${build?.buildStatus ?? "gone"}${because === "" ? "" : `: ${because}`}`;
}
