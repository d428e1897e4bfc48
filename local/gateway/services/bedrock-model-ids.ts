/** Which model a request means, and what its caller must be allowed: a model by id or ARN, or through an inference profile. */
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import type { Account, ResourceRecord } from "../../account/account.ts";
import type { Call, Gateway } from "../contract.ts";
import { tagsOf } from "../roles.ts";
import { invalid, isJson } from "./bedrock-json.ts";

const PROFILE = "aws:bedrock/inferenceProfile:InferenceProfile";
const BEDROCK = `arn:${LOCAL_PARTITION}:bedrock:${LOCAL_REGION}`;
const MODEL = /^[a-z0-9-]+\.[a-z0-9.-]+(?::[a-z0-9.-]+){0,2}$/;
/** Cross-region profiles that AWS defines are named by a geography before the model. */
const GEOGRAPHY = /^(?:us|eu|apac|us-gov|global|jp|au|ca|sa)\.(?=[a-z0-9-]+\.)/;
const CHAT_VENDORS = [
  "amazon.nova-",
  "amazon.titan-text-",
  "anthropic.claude-",
  "meta.llama",
  "mistral.",
  "cohere.command",
  "openai.gpt",
  "qwen.",
  "deepseek.",
];

export interface Model {
  /** `amazon.nova-lite-v1:0` */
  readonly foundationModel: string;
  readonly profileArn?: string;
}

export const isChatModel = (id: string): boolean => CHAT_VENDORS.some((vendor) => id.startsWith(vendor));

/** @throws AwsError ValidationException for what is no model here. */
export function resolveModel(account: Account, given: string): Model {
  const unknown = invalid(`The provided model identifier is invalid: ${given}`);
  if (given.startsWith("arn:")) {
    const foundation = `${BEDROCK}::foundation-model/`;
    if (given.startsWith(foundation)) return model(given.slice(foundation.length), unknown);
    const system = `${BEDROCK}:${LOCAL_ACCOUNT}:inference-profile/`;
    if (given.startsWith(system) && GEOGRAPHY.test(given.slice(system.length)))
      return { ...model(given.slice(system.length).replace(GEOGRAPHY, ""), unknown), profileArn: given };
    const profile = account.find(PROFILE, "arn", given);
    const source = profile?.outputs["modelSource"];
    const copied = isJson(source) ? source["copyFrom"] : undefined;
    if (typeof copied !== "string" || account.find(PROFILE, "arn", copied)) throw unknown;
    return { ...resolveModel(account, copied), profileArn: given };
  }
  if (GEOGRAPHY.test(given))
    return {
      ...model(given.replace(GEOGRAPHY, ""), unknown),
      profileArn: `${BEDROCK}:${LOCAL_ACCOUNT}:inference-profile/${given}`,
    };
  return model(given, unknown);
}

function model(id: string, unknown: Error): Model {
  if (!MODEL.test(id)) throw unknown;
  return { foundationModel: id };
}

/** `aws:ResourceTag/…` of a resource with tags. */
export function resourceTags(record: ResourceRecord | undefined): Record<string, string> {
  const tags = Object.entries(record ? tagsOf(record) : {});
  return Object.fromEntries(tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}

/** Through a profile both are asked for, the profile and the model behind it, as AWS's guide to cross-region inference states. */
export function authorizeModel(
  gateway: Gateway,
  call: Call,
  { foundationModel, profileArn }: Model,
  action: string,
): void {
  const context = profileArn === undefined ? {} : { "bedrock:InferenceProfileArn": profileArn };
  if (profileArn !== undefined) {
    const profile = gateway.account.find(PROFILE, "arn", profileArn);
    gateway.authorize(call, { action, resource: profileArn, context: resourceTags(profile) });
  }
  gateway.authorize(call, { action, resource: `${BEDROCK}::foundation-model/${foundationModel}`, context });
}
