/** What is between a caller and a model: guardrails, inference profiles, the log of invocations. */
import { AwsError } from "../../gateway/contract.ts";
import { guardrailArn } from "../../gateway/services/bedrock-guardrail.ts";
import type { Behaviours, Draft } from "../behaviour.ts";
import { LOWER, characters } from "../ids.ts";
import { mayAssume } from "../service-roles.ts";
import { isObject, object, text } from "../values.ts";

const GUARDRAIL = "aws:bedrock/guardrail:Guardrail";
const VERSION = "aws:bedrock/guardrailVersion:GuardrailVersion";

const invalid = (message: string) => new AwsError("ValidationException", message);

/** Bedrock writes a test line when a log group is configured. */
function verifyLogging({ account, gateway, inputs, place }: Draft): void {
  const config = object(inputs, "loggingConfig");
  if (!isObject(config["cloudwatchConfig"])) return;
  const { cloudwatchConfig } = config;
  const role = text(cloudwatchConfig, "roleArn");
  const context = {
    "aws:SourceAccount": place.account,
    "aws:SourceArn": `arn:${place.partition}:bedrock:${place.region}:${place.account}:*`,
  };
  if (!mayAssume(gateway, role, "bedrock.amazonaws.com", context))
    throw invalid(`Failed to validate permissions for log group: Bedrock can't assume ${role}.`);
  const group = text(cloudwatchConfig, "logGroupName");
  if (!account.find("aws:cloudwatch/logGroup:LogGroup", "name", group))
    throw invalid(`Failed to validate permissions for log group: ${group} does not exist.`);
}

function nextVersion({ account, before, inputs }: Draft): string {
  const own = before?.outputs["version"];
  if (typeof own === "string") return own;
  const versions = account
    .resources(VERSION)
    .filter(({ outputs }) => outputs["guardrailArn"] === inputs["guardrailArn"])
    .map(({ outputs }) => Number(outputs["version"]));
  return String(Math.max(0, ...versions) + 1);
}

export const models: Behaviours = {
  [GUARDRAIL]: {
    id: (_inputs, seed) => characters(seed, LOWER, 12),
    unique: "name",
    conflict: (inputs) =>
      new AwsError("ConflictException", `Another guardrail has the name ${text(inputs, "name")}.`, 409),
    outputs: ({ id }) => ({ guardrailId: id, status: "READY", version: "DRAFT" }),
    volatile: ["updatedAt"],
  },
  [VERSION]: {
    verify: ({ account, inputs }) => {
      const arn = text(inputs, "guardrailArn");
      if (!account.resources(GUARDRAIL).some(({ id }) => [id, guardrailArn(id)].includes(arn)))
        throw new AwsError("ResourceNotFoundException", `The guardrail ${arn} does not exist.`, 404);
    },
    outputs: (draft) => ({ version: nextVersion(draft) }),
  },
  "aws:bedrock/inferenceProfile:InferenceProfile": {
    id: (_inputs, seed) => characters(seed, LOWER, 12),
    unique: "name",
    conflict: (inputs) =>
      new AwsError("ConflictException", `Another profile has the name ${text(inputs, "name")}.`, 409),
    outputs: ({ inputs }) => ({
      type: "APPLICATION",
      status: "ACTIVE",
      models: [{ modelArn: text(object(inputs, "modelSource"), "copyFrom") }],
    }),
    volatile: ["updatedAt"],
  },
  "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration": {
    // One for an account in a region: another one overwrites it.
    id: (_inputs, _seed, { region }) => region,
    verify: verifyLogging,
  },
};
