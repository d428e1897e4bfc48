import { PATHS, AwsError } from "../../gateway/contract.ts";
import type { Behaviours, Draft, Place } from "../behaviour.ts";
import { LOWER, MIXED, characters } from "../ids.ts";
import { isObject, object, text } from "../values.ts";

const API = "aws:apigateway/restApi:RestApi";
const DEPLOYMENT = "aws:apigateway/deployment:Deployment";
const STAGE = "aws:apigateway/stage:Stage";
const API_KEY = "aws:apigateway/apiKey:ApiKey";
const USAGE_PLAN = "aws:apigateway/usagePlan:UsagePlan";
const USAGE_PLAN_KEY = "aws:apigateway/usagePlanKey:UsagePlanKey";

const notFound = (message: string) => new AwsError("NotFoundException", message, 404);

function apiMustExist({ account, inputs }: Draft): void {
  const api = text(inputs, "restApi");
  if (!account.resource(API, api)) throw notFound(`Invalid API identifier specified ${api}`);
}

const executionArn = (place: Place, path: string): string =>
  `arn:${place.partition}:execute-api:${place.region}:${place.account}:${path}`;

function verifyDeployment(draft: Draft): void {
  apiMustExist(draft);
  const api = draft.account.resource(API, text(draft.inputs, "restApi"));
  const body = api ? text(api.inputs, "body") : "";
  const document: unknown = body === "" ? {} : JSON.parse(body);
  const paths = isObject(document) ? Object.keys(object(document, "paths")) : [];
  const methods = draft.account
    .resources("aws:apigateway/method:Method")
    .some((method) => method.inputs["restApi"] === draft.inputs["restApi"]);
  if (paths.length === 0 && !methods)
    throw new AwsError("BadRequestException", "The REST API doesn't contain any methods");
}

function verifyStage(draft: Draft): void {
  apiMustExist(draft);
  const deployment = draft.account.resource(DEPLOYMENT, text(draft.inputs, "deployment"));
  if (!deployment || deployment.inputs["restApi"] !== draft.inputs["restApi"])
    throw notFound(`Invalid Deployment identifier specified ${text(draft.inputs, "deployment")}`);
}

const stageId = (api: string, stage: string): string => `ags-${api}-${stage}`;

function verifyUsagePlan({ account, inputs }: Draft): void {
  const stages = Array.isArray(inputs["apiStages"]) ? inputs["apiStages"] : [];
  for (const each of stages.filter(isObject)) {
    if (!account.resource(STAGE, stageId(text(each, "apiId"), text(each, "stage"))))
      throw notFound(`API Stage not found: ${text(each, "apiId")}:${text(each, "stage")}`);
  }
}

function verifyUsagePlanKey({ account, inputs }: Draft): void {
  const [key, plan] = [text(inputs, "keyId"), text(inputs, "usagePlanId")];
  if (!account.resource(API_KEY, key)) throw notFound("Invalid API Key identifier specified");
  if (!account.resource(USAGE_PLAN, plan)) throw notFound("Invalid Usage Plan ID specified");
}

export const apigateway: Behaviours = {
  [API]: {
    defaults: { apiKeySource: "HEADER", disableExecuteApiEndpoint: false },
    id: (_inputs, seed) => characters(seed, LOWER, 10),
    outputs: ({ id, place }) => ({
      executionArn: executionArn(place, id),
      rootResourceId: characters(`${id} root`, LOWER, 10),
    }),
  },
  "aws:apigateway/authorizer:Authorizer": {
    defaults: {
      type: "TOKEN",
      identitySource: "method.request.header.Authorization",
      authorizerResultTtlInSeconds: 300,
    },
    id: (_inputs, seed) => characters(seed, LOWER, 6),
    verify: apiMustExist,
  },
  [DEPLOYMENT]: {
    id: (_inputs, seed) => characters(seed, LOWER, 6),
    verify: verifyDeployment,
  },
  [STAGE]: {
    id: (inputs) => stageId(text(inputs, "restApi"), text(inputs, "stageName")),
    conflict: () => new AwsError("ConflictException", "Stage already exists", 409),
    verify: verifyStage,
    outputs: ({ gateway, inputs, place }) => {
      const api = text(inputs, "restApi");
      const stage = text(inputs, "stageName");
      return {
        executionArn: executionArn(place, `${api}/${stage}`),
        invokeUrl: gateway.origin + PATHS.stage(api, stage),
      };
    },
  },
  [API_KEY]: {
    defaults: { enabled: true },
    id: (_inputs, seed) => characters(seed, LOWER, 10),
    // 40 characters, where the program gives none.
    outputs: ({ id, inputs }) => ({
      value: text(inputs, "value") || characters(`${id} value`, MIXED, 40),
    }),
  },
  [USAGE_PLAN]: {
    id: (_inputs, seed) => characters(seed, LOWER, 6),
    verify: verifyUsagePlan,
  },
  [USAGE_PLAN_KEY]: {
    id: (inputs) => text(inputs, "keyId"),
    conflict: (inputs) =>
      new AwsError(
        "ConflictException",
        `Usage Plan ${text(inputs, "usagePlanId")} cannot be added because API Key cannot reference multiple Usage Plans with the same API stage`,
        409,
      ),
    verify: verifyUsagePlanKey,
    outputs: ({ account, inputs }) => {
      const key = account.resource(API_KEY, text(inputs, "keyId"));
      return { name: key?.outputs["name"] ?? "", value: key?.outputs["value"] ?? "" };
    },
  },
  "aws:apigateway/methodSettings:MethodSettings": {
    id: (inputs) => ["restApi", "stageName", "methodPath"].map((name) => text(inputs, name)).join("-"),
    verify: ({ account, inputs }) => {
      if (!account.resource(STAGE, stageId(text(inputs, "restApi"), text(inputs, "stageName"))))
        throw notFound("Invalid stage identifier specified");
    },
  },
};
