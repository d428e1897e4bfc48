import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from "aws-lambda";

import { bearerToken } from "../shared/bearer.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import { createGetItem } from "../shared/dynamodb.ts";
import type { Env } from "../shared/environment.ts";
import { readEnvironment } from "../shared/environment.ts";
import { ConfigurationError, InvalidToken } from "../shared/errors.ts";
import { describeError, log } from "../shared/log.ts";
import type { ReadStatus } from "../shared/registry.ts";
import { createStatusReader } from "../shared/registry.ts";
import type { VerifyToken } from "../shared/token.ts";
import { createTokenVerifier } from "../shared/token.ts";

export type Authorize = (event: APIGatewayTokenAuthorizerEvent) => Promise<APIGatewayAuthorizerResult>;

/**
 * Allows a verified token of an active tenant the whole stage: API Gateway remembers the answer per token, across methods. A token that
 * is not accepted is a 401, a tenant that is not active a Deny (403), and a registry that can't be read an error (500): never an Allow.
 */
export function createAuthorizer(verify: VerifyToken, readStatus: ReadStatus): Authorize {
  return async (event) => {
    const stage = stageOf(event.methodArn);
    try {
      const identity = await verify(bearerToken(event.authorizationToken));
      const tenant = await readStatus(identity.tenantId);
      const context = { tenantId: identity.tenantId, sub: identity.sub, username: identity.username };
      return answer(identity.sub, tenant?.status === "active" ? "Allow" : "Deny", `${stage}/*`, context);
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
  return createAuthorizer(
    createTokenVerifier(settings, env),
    createStatusReader(getItem, settings.REGISTRY_TABLE, ownCredentials(env)),
  );
}

/** `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE` of a method's ARN. */
function stageOf(methodArn: string): string {
  const stage = /^arn:[a-z-]+:execute-api:[a-z0-9-]+:\d{12}:[^/*?]+\/[^/*?]+(?=\/)/.exec(methodArn)?.[0];
  if (stage === undefined) throw new ConfigurationError("methodArn is not the ARN of an API's method");
  return stage;
}

function answer(
  principalId: string,
  effect: "Allow" | "Deny",
  resource: string,
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
