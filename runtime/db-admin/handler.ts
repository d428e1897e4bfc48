import { RDSDataClient } from "@aws-sdk/client-rds-data";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

import { CLAIMS_DATABASE } from "../contract/claims.ts";
import { crud } from "../shared/admin.ts";
import { clientSettings } from "../shared/aws-clients.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import { readEnvironment } from "../shared/environment.ts";
import { openDatabase } from "./database.ts";
import { claimsImport } from "./import.ts";
import { loginSecrets } from "./login-secret.ts";
import { claimsSchema } from "./schema.ts";
import { claimsTenant } from "./tenant.ts";

const env = process.env;
const settings = readEnvironment("db-admin", ["CLAIMS_CLUSTER_ARN", "CLAIMS_ADMIN_SECRET_ARN"], env);
const client = clientSettings(env, settings.AWS_REGION, ownCredentials(env), DEPENDENCIES.administration);
const resourceArn = settings.CLAIMS_CLUSTER_ARN;
const cluster = resourceArn.slice(resourceArn.lastIndexOf(":") + 1);
const database = openDatabase(new RDSDataClient(client), {
  resourceArn,
  secretArn: settings.CLAIMS_ADMIN_SECRET_ARN,
  database: CLAIMS_DATABASE,
});

export const handler = crud({
  "claims-schema": claimsSchema(database, cluster),
  "claims-tenant": claimsTenant(database, cluster, loginSecrets(new SecretsManagerClient(client))),
  "claims-import": claimsImport(database),
});
