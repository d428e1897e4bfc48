import { ENVIRONMENT_TAG, TENANT_TAG, type Place } from "../../runtime/contract/names.ts";
import { arns, PRINCIPAL_TAG, PRINCIPAL_TAG_VARIABLE, type Statement } from "./policy.ts";

export interface Models {
  readonly embeddingModelId: string;
  readonly chatModelId: string;
}

/** At once, and word by word. */
const ASK_ACTIONS = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];

const THROUGH = "bedrock:InferenceProfileArn";

/**
 * What a tenant asks models by. The chat model answers through the tenant's own inference profile alone, so that what it costs is the
 * tenant's on the bill; Bedrock asks for both, the profile and the model behind it. A profile's ARN holds a generated id: its tag says
 * whose it is.
 */
export function askModels(place: Place, id: string, models: Models): readonly Statement[] {
  const tagged = { [PRINCIPAL_TAG]: id };
  const arn = arns(place);
  const invoke = { Effect: "Allow", Action: "bedrock:InvokeModel" } as const;
  const ask = { Effect: "Allow", Action: ASK_ACTIONS } as const;
  return [
    {
      Sid: "Embed",
      ...invoke,
      Resource: arn.model(models.embeddingModelId),
      Condition: { StringEquals: tagged },
    },
    {
      Sid: "AskThroughOwnProfile",
      ...ask,
      Resource: arn.anyInferenceProfile,
      Condition: { StringEquals: { ...tagged, [`aws:ResourceTag/${TENANT_TAG}`]: id } },
    },
    {
      Sid: "AskThroughProfile",
      ...ask,
      Resource: arn.model(models.chatModelId),
      Condition: { StringEquals: tagged, ArnLike: { [THROUGH]: arn.anyInferenceProfile } },
    },
    {
      Sid: "UseGuardrail",
      Effect: "Allow",
      Action: "bedrock:ApplyGuardrail",
      Resource: arn.anyGuardrail,
      Condition: { StringEquals: { ...tagged, ...ofEnvironment(place) } },
    },
  ];
}

/** The same for whoever carries a tag, in the boundary of tenants' roles. */
export function boundaryOfModels(
  place: Place,
  { embeddingModelId, chatModelId }: Models,
): readonly Statement[] {
  const arn = arns(place);
  const ask = { Effect: "Allow", Action: ASK_ACTIONS } as const;
  return [
    { Sid: "Models", ...ask, Resource: [arn.model(embeddingModelId), arn.model(chatModelId)] },
    {
      Sid: "OwnProfile",
      ...ask,
      Resource: arn.anyInferenceProfile,
      Condition: { StringEquals: { [`aws:ResourceTag/${TENANT_TAG}`]: PRINCIPAL_TAG_VARIABLE } },
    },
    {
      Sid: "Guardrail",
      Effect: "Allow",
      Action: "bedrock:ApplyGuardrail",
      Resource: arn.anyGuardrail,
      Condition: { StringEquals: ofEnvironment(place) },
    },
  ];
}

const ofEnvironment = ({ environment }: Place) => ({ [`aws:ResourceTag/${ENVIRONMENT_TAG}`]: environment });
