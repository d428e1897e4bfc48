import { z } from "zod";
import { AwsError, type Call, type Gateway, type Reply, type Service } from "../contract.ts";
import { Authorizers } from "../front/authorizer.ts";
import { parseApi, type ApiDefinition } from "../front/definition.ts";
import { forward } from "../front/distribution.ts";
import type { FrontRequest } from "../front/event.ts";
import { admits } from "../front/firewall.ts";
import { invokeProxy } from "../front/proxy.ts";
import {
  GatewayResponse,
  renderResponse,
  responseOverrides,
  type ResponseOverride,
} from "../front/responses.ts";
import { findRoute } from "../front/route.ts";
import { UsagePlans } from "../front/usage-plans.ts";
import { validate } from "../front/validation.ts";

const API_TYPE = "aws:apigateway/restApi:RestApi";
const STAGE_TYPE = "aws:apigateway/stage:Stage";
/** API Gateway's limit for a request's body. */
const PAYLOAD_BYTES = 10 * 1024 * 1024;

const EDGE = /^\/_edge\/(?<host>[a-z0-9.-]+)(?<path>\/.*)?$/;
const PATH = /^\/_api\/(?<apiId>[^/]+)\/(?<stage>[^/]+)(?<path>\/.*)?$/;
const Api = z.object({
  body: z.string(),
  binaryMediaTypes: z.array(z.string()).nullish(),
  policy: z.string().nullish(),
  apiKeySource: z.enum(["HEADER", "AUTHORIZER"]).nullish(),
  disableExecuteApiEndpoint: z.boolean().nullish(),
});
const Stage = z.object({
  arn: z.string().nullish(),
  deployment: z.string().nullish(),
  variables: z.record(z.string(), z.string()).nullish(),
});

interface Deployed {
  readonly definition: ApiDefinition;
  readonly overrides: Readonly<Record<string, ResponseOverride>>;
  readonly deploymentId: string;
  readonly stageArn: string;
  readonly variables: Readonly<Record<string, string>> | null;
}

/** The invoke URLs of deployed REST APIs, below `/_api/<apiId>/<stage>`, and what CloudFront passes on to them, below `/_edge/<host>`. */
export function createApiService(gateway: Gateway): Service {
  const authorizers = new Authorizers(gateway);
  const plans = new UsagePlans(gateway.account);
  const parsed = new Map<string, { body: string; definition: ApiDefinition }>();
  const define = (apiId: string, body: string): ApiDefinition => {
    const known = parsed.get(apiId);
    if (known?.body === body) return known.definition;
    const definition = parseApi(apiId, body);
    parsed.set(apiId, { body, definition });
    return definition;
  };
  const serves = (request: Pick<Call, "rawPath">): boolean =>
    PATH.test(request.rawPath) || EDGE.test(request.rawPath);

  return {
    serves: (call) => serves(call) && ["", "execute-api"].includes(call.service),
    unsigned: serves,
    async handle(viewed) {
      const edge = EDGE.exec(viewed.rawPath)?.groups;
      const { method, headers: sent } = viewed;
      const call = edge
        ? {
            ...viewed,
            ...forward(gateway.account, edge["host"] ?? "", {
              method,
              path: edge["path"] ?? "/",
              headers: sent,
            }),
          }
        : viewed;
      const parts = PATH.exec(call.rawPath)?.groups;
      const apiId = parts?.["apiId"] ?? "";
      const stage = parts?.["stage"] ?? "";
      const deployed = findDeployed(gateway, apiId, stage, define);
      const ids = { "x-amzn-requestid": call.id, "x-amz-apigw-id": call.id };
      if (!deployed) {
        // What the host name of no deployed stage answers.
        const headers = {
          ...ids,
          "content-type": "application/json",
          "x-amzn-errortype": "ForbiddenException",
        };
        return { status: 403, headers, body: '{"message":"Forbidden"}' };
      }
      const request: FrontRequest = {
        apiId,
        stage,
        deploymentId: deployed.deploymentId,
        stageVariables: deployed.variables,
        requestId: call.id,
        verb: call.method,
        path: parts?.["path"] ?? "/",
        rawQuery: call.rawQuery,
        headers: call.headers,
        body: call.body,
        time: Date.now(),
      };
      const reply = await answer(gateway, authorizers, plans, deployed, request);
      return { ...reply, headers: { ...reply.headers, ...ids } };
    },
  };
}

async function answer(
  gateway: Gateway,
  authorizers: Authorizers,
  plans: UsagePlans,
  deployed: Deployed,
  request: FrontRequest,
): Promise<Reply> {
  const { definition, overrides } = deployed;
  try {
    if (!admits(gateway.account, deployed.stageArn, request)) throw new GatewayResponse("WAF_FILTERED");
    if (request.body.length > PAYLOAD_BYTES) throw new GatewayResponse("REQUEST_TOO_LARGE");
    const route = findRoute(definition.operations, request.verb, request.path);
    if (!route) throw new GatewayResponse("MISSING_AUTHENTICATION_TOKEN");
    const { authorizer, apiKeyRequired, checks, verb, resource } = route.operation;
    const admitted = authorizer && (await authorizers.admit(authorizer, request, route));
    const metered = { ...request, verb, resource };
    if (apiKeyRequired) {
      const fromAuthorizer = definition.apiKeySource === "AUTHORIZER";
      plans.admit(metered, fromAuthorizer ? admitted?.usageIdentifierKey : request.headers["x-api-key"]);
    }
    plans.throttle(metered);
    validate(checks, request, route);
    return await invokeProxy(gateway, request, route, {
      authorizer: admitted?.context,
      binaryMediaTypes: definition.binaryMediaTypes,
    });
  } catch (error) {
    if (error instanceof GatewayResponse) return renderResponse(error, overrides, request);
    throw error;
  }
}

function findDeployed(
  gateway: Gateway,
  apiId: string,
  stageName: string,
  define: (apiId: string, body: string) => ApiDefinition,
): Deployed | undefined {
  const { account } = gateway;
  const record = account.resource(API_TYPE, apiId);
  const stageRecord = account
    .resources(STAGE_TYPE)
    .find(({ outputs }) => outputs["restApi"] === apiId && outputs["stageName"] === stageName);
  if (!record || !stageRecord) return undefined;
  const api = Api.safeParse(record.outputs);
  const stage = Stage.safeParse(stageRecord.outputs);
  if (!api.success) throw notServed(apiId, z.prettifyError(api.error));
  if (!stage.success) throw notServed(apiId, `stage ${stageName}: ${z.prettifyError(stage.error)}`);
  // A resource policy might be what keeps a caller out.
  if (api.data.policy) throw notServed(apiId, "a resource policy");
  if (api.data.disableExecuteApiEndpoint) return undefined;
  const definition = define(apiId, api.data.body);
  return {
    definition: {
      ...definition,
      binaryMediaTypes: [...definition.binaryMediaTypes, ...(api.data.binaryMediaTypes ?? [])],
      // The argument is applied to the API after its document.
      apiKeySource: api.data.apiKeySource ?? definition.apiKeySource,
    },
    overrides: responseOverrides(account, apiId, definition.responses),
    deploymentId: stage.data.deployment ?? "",
    stageArn: stage.data.arn ?? "",
    variables: stage.data.variables ?? null,
  };
}

function notServed(apiId: string, what: string): AwsError {
  return new AwsError("NotImplemented", `REST API ${apiId} is not served locally: ${what}`, 501);
}
