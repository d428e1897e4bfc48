import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from "aws-lambda";

import { SCOPE_OF_ROUTE } from "../contract/api.ts";
import { bearerToken } from "../shared/bearer.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import { createGetItem } from "../shared/dynamodb.ts";
import type { Env } from "../shared/environment.ts";
import { readEnvironment } from "../shared/environment.ts";
import { ConfigurationError, InvalidToken } from "../shared/errors.ts";
import { describeError, log } from "../shared/log.ts";
import type { ReadStatus } from "../shared/registry.ts";
import { clientsBy, createStatusReader } from "../shared/registry.ts";
import { isInScope } from "../shared/scopes.ts";
import type { Identity, VerifyToken } from "../shared/token.ts";
import { createTokenVerifier } from "../shared/token.ts";

export type Authorize = (event: APIGatewayTokenAuthorizerEvent) => Promise<APIGatewayAuthorizerResult>;

/**
 * Allows a person's verified token of an active tenant the whole stage, and a machine's the routes of its scopes: API Gateway remembers
 * the answer per token, across methods. It counts the request against the tenant's usage plan by the key in the registry, whatever
 * key a client sends. A token that is not accepted is a 401, a tenant that is not active a Deny (403), and a registry that can't be read an error (500): never an Allow.
 */
export function createAuthorizer(verify: VerifyToken, readStatus: ReadStatus): Authorize {
  return async (event) => {
    const stage = stageOf(event.methodArn);
    try {
      const identity = await verify(bearerToken(event.authorizationToken));
      const tenant = await readStatus(identity.tenantId);
      const context = { tenantId: identity.tenantId, sub: identity.sub, username: identity.username };
      const routes = tenant?.status === "active" ? routesOf(stage, identity) : [];
      if (routes.length === 0) return answer(identity.sub, "Deny", `${stage}/*`, context);
      const allowed = answer(identity.sub, "Allow", routes, context);
      const usageKey = tenant?.usage_key;
      return usageKey === undefined ? allowed : { ...allowed, usageIdentifierKey: usageKey };
    } catch (error) {
      log("error", { function: "authorizer", error: describeError(error) });
      // The text is API Gateway's protocol: 401 on exactly this one, 500 on any other.
      const text = error instanceof InvalidToken ? "Unauthorized" : "authorization is not available";
      throw new Error(text, { cause: error });
    }
  };
}

/** {@link createAuthorizer} from a function's environment. @throws ConfigurationError */
export function authorizerFrom(env: Env): Authorize {
  const settings = readEnvironment("authorizer", ["USER_POOL_ID", "CLIENT_IDS", "REGISTRY_TABLE"], env);
  const getItem = createGetItem(env, settings.AWS_REGION);
  const readStatus = createStatusReader(getItem, settings.REGISTRY_TABLE, ownCredentials(env));
  return createAuthorizer(createTokenVerifier(settings, env, clientsBy(readStatus)), readStatus);
}

/** `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE` of a method's ARN. */
function stageOf(methodArn: string): string {
  const stage = /^arn:[a-z-]+:execute-api:[a-z0-9-]+:\d{12}:[^/*?]+\/[^/*?]+(?=\/)/.exec(methodArn)?.[0];
  if (stage === undefined) throw new ConfigurationError("methodArn is not the ARN of an API's method");
  return stage;
}

/** What the token may invoke. */
function routesOf(stage: string, { scopes }: Identity): string | string[] {
  if (scopes === undefined) return `${stage}/*`;
  const routes = Object.keys(SCOPE_OF_ROUTE).filter((route) => isInScope(route, scopes));
  // In a method's ARN a parameter of the path stands as it was sent.
  return routes.map((route) => `${stage}/${route.replace(" ", "").replaceAll(/\{\w+\}/g, "*")}`);
}

function answer(
  principalId: string,
  effect: "Allow" | "Deny",
  resource: string | string[],
  context: Readonly<Record<string, string>>,
): APIGatewayAuthorizerResult {
  return {
    principalId,
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Effect: effect, Action: "execute-api:Invoke", Resource: resource }],
    },
    context,
  };
}
