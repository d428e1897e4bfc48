/** The agent's hosting: AgentCore runtimes, memories and identities, and the repository and project that make its image. */
import { AwsError } from "../../gateway/contract.ts";
import { MEMORY, memoryEvents } from "../../gateway/agent/memory.ts";
import { imageByReference, imagesOf } from "../../gateway/services/images.ts";
import type { Behaviours, Draft } from "../behaviour.ts";
import { characters, MIXED } from "../ids.ts";
import { mayAssume } from "../service-roles.ts";
import { object, text } from "../values.ts";
import type { Properties } from "../values.ts";

const RUNTIME = "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime";
const REPOSITORY = "aws:ecr/repository:Repository";

const invalid = (message: string) => new AwsError("ValidationException", message);
const conflict = (what: string, argument: string) => (inputs: Properties) =>
  new AwsError("ConflictException", `${what} with name ${text(inputs, argument)} already exists.`, 409);

/** AgentCore takes on the role, and looks for the image, before it makes a runtime. */
function verifyRuntime({ account, gateway, id, inputs, place }: Draft): void {
  const role = text(inputs, "roleArn");
  const context = {
    "aws:SourceAccount": place.account,
    "aws:SourceArn": `arn:${place.partition}:bedrock-agentcore:${place.region}:${place.account}:runtime/${id}`,
  };
  if (!mayAssume(gateway, role, "bedrock-agentcore.amazonaws.com", context))
    throw invalid(
      `Role validation failed for ${role}: its trust policy must let bedrock-agentcore assume it.`,
    );
  const container = object(object(inputs, "agentRuntimeArtifact"), "containerConfiguration");
  const uri = text(container, "containerUri");
  if (uri !== "" && !imageByReference(account, uri))
    throw invalid(`The specified image identifier does not exist in the repository: ${uri}`);
}

/** Each update is another version. */
function runtimeVersion({ action, before }: Draft): string {
  const was = Number(before?.outputs["agentRuntimeVersion"] ?? 0);
  return String(action === "update" || was === 0 ? was + 1 : was);
}

export const agentcore: Behaviours = {
  [RUNTIME]: {
    id: (inputs, seed) => `${text(inputs, "agentRuntimeName")}-${characters(seed, MIXED, 10)}`,
    unique: "agentRuntimeName",
    conflict: conflict("An agent runtime", "agentRuntimeName"),
    verify: verifyRuntime,
    outputs: (draft) => ({ agentRuntimeId: draft.id, agentRuntimeVersion: runtimeVersion(draft) }),
    volatile: ["agentRuntimeVersion"],
  },
  "aws:bedrock/agentcoreAgentRuntimeEndpoint:AgentcoreAgentRuntimeEndpoint": {
    id: (inputs) => `${text(inputs, "agentRuntimeId")},${text(inputs, "name")}`,
    verify: ({ account, inputs }) => {
      const runtime = text(inputs, "agentRuntimeId");
      if (!account.resource(RUNTIME, runtime))
        throw new AwsError("ResourceNotFoundException", `Agent runtime ${runtime} does not exist.`, 404);
    },
  },
  [MEMORY]: {
    id: (inputs, seed) => `${text(inputs, "name")}-${characters(seed, MIXED, 10)}`,
    unique: "name",
    conflict: conflict("A memory", "name"),
    // eslint-disable-next-line @typescript-eslint/require-await -- as every removal, it may have to wait
    remove: async (record, { gateway }) => {
      memoryEvents(gateway.account, record.id).clear();
    },
  },
  // Of memories; those of runtimes and gateways are not made here.
  "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy": {
    id: (inputs) => text(inputs, "resourceArn"),
    verify: ({ account, inputs }) => {
      const arn = text(inputs, "resourceArn");
      if (!account.find(MEMORY, "arn", arn))
        throw new AwsError("ResourceNotFoundException", `There is no memory ${arn}.`, 404);
    },
  },
  [REPOSITORY]: {
    defaults: { imageTagMutability: "MUTABLE" },
    outputs: ({ id, place }) => ({
      registryId: place.account,
      repositoryUrl: `${place.account}.dkr.ecr.${place.region}.amazonaws.com/${id}`,
    }),
    // eslint-disable-next-line @typescript-eslint/require-await -- as every removal, it may have to wait
    remove: async (record, { gateway }) => {
      const images = imagesOf(gateway.account, record.id);
      if (images.size > 0 && record.inputs["forceDelete"] !== true)
        throw new AwsError(
          "RepositoryNotEmptyException",
          `The repository with name '${record.id}' cannot be deleted because it still contains images`,
        );
      images.clear();
    },
  },
  "aws:codebuild/project:Project": {
    verify: ({ gateway, id, inputs, place }) => {
      const role = text(inputs, "serviceRole");
      const context = {
        "aws:SourceAccount": place.account,
        "aws:SourceArn": `arn:${place.partition}:codebuild:${place.region}:${place.account}:project/${id}`,
      };
      if (!mayAssume(gateway, role, "codebuild.amazonaws.com", context))
        throw new AwsError(
          "InvalidInputException",
          `CodeBuild is not authorized to perform: sts:AssumeRole on service role ${role}.`,
        );
    },
  },
};
