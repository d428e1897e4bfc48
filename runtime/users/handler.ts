import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";

import { clientSettings } from "../shared/aws-clients.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import { createContextForToken } from "../shared/credentials.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import { createDynamoDbCall, createGetItem } from "../shared/dynamodb.ts";
import { readEnvironment } from "../shared/environment.ts";
import { httpHandler } from "../shared/http.ts";
import { readRoute } from "../shared/registry.ts";
import { createAccounts } from "../shared/users/accounts.ts";
import { createDirectory } from "../shared/users/directory.ts";
import { userRoutes } from "./users.ts";

const env = process.env;
const settings = readEnvironment(
  "users",
  ["BROKER_FUNCTION", "REGISTRY_TABLE", "USERS_TABLE", "USER_POOL_ID"],
  env,
);
const region = settings.AWS_REGION;
const getItem = createGetItem(env, region);
const call = createDynamoDbCall(env, region);
const pool = new CognitoIdentityProviderClient(
  clientSettings(env, region, ownCredentials(env), DEPENDENCIES.userPool),
);

export const handler = httpHandler(
  userRoutes({
    contextForToken: createContextForToken(env, region, settings.BROKER_FUNCTION, "members"),
    readRoute: (context) => readRoute(getItem, settings.REGISTRY_TABLE, context),
    directoryOf: ({ credentials, tenantId }) =>
      createDirectory(call, settings.USERS_TABLE, credentials, tenantId),
    accounts: createAccounts(pool, settings.USER_POOL_ID),
  }),
);
