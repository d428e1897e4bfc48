import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";

import { userPoolIssuer } from "../contract/registry.ts";
import { crud } from "../shared/admin.ts";
import { clientSettings } from "../shared/aws-clients.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import { createDynamoDbCall } from "../shared/dynamodb.ts";
import { readEnvironment } from "../shared/environment.ts";
import { createAccounts } from "../shared/users/accounts.ts";
import { createDirectory } from "../shared/users/directory.ts";
import { firstAdmin } from "./first-admin.ts";
import { guard } from "./guard.ts";

const env = process.env;
const settings = readEnvironment("user-admin", ["USERS_TABLE", "MEMBERSHIPS_TABLE", "USER_POOL_ID"], env);
const region = settings.AWS_REGION;
const own = ownCredentials(env);
// Nobody waits for an answer here, and a failure would be that of a deployment.
const call = createDynamoDbCall(env, region, DEPENDENCIES.administration);
const pool = new CognitoIdentityProviderClient(clientSettings(env, region, own, DEPENDENCIES.userPool));
const issuer = userPoolIssuer(region, settings.USER_POOL_ID);

export const handler = crud({
  guard,
  "first-admin": firstAdmin({
    directoryOf: (tenantId) => createDirectory(call, settings.USERS_TABLE, own, tenantId),
    accounts: createAccounts(pool, settings.USER_POOL_ID),
    forget: async (sub) => {
      await call(own, "DeleteItem", {
        TableName: settings.MEMBERSHIPS_TABLE,
        Key: { user: { S: `${issuer}#${sub}` } },
      });
    },
  }),
});
