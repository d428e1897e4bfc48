/** An account with the tables of identity under the program's own policies, and the roles that use them. */
import {
  AdminGetUserCommand,
  CognitoIdentityProviderClient,
} from "@aws-sdk/client-cognito-identity-provider";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

import { functionPolicy } from "../../../infra/documents/function-roles.ts";
import { membersPolicy } from "../../../infra/documents/members-role.ts";
import { administrationBoundary, platformBoundary } from "../../../infra/documents/platform-boundary.ts";
import { membershipsTablePolicy, usersTablePolicy } from "../../../infra/documents/table-policies.ts";
import { DEPLOYER_ROLE } from "../../../local/account/identity.ts";
import { FUNCTIONS, isAdministration, platformNames, POOL_TAG } from "../../../runtime/contract/names.ts";
import type { UserItem } from "../../../runtime/contract/registry.ts";
import type { DynamoDbCall } from "../../../runtime/shared/dynamodb.ts";
import { createDynamoDbCall } from "../../../runtime/shared/dynamodb.ts";
import { createDirectory } from "../../../runtime/shared/users/directory.ts";
import { roleArn, startTestGateway } from "../../local/gateway/support.ts";
import type { Deployment } from "../../local/gateway/support.ts";
import { ISSUER, POOL } from "./tokens.ts";

export const PLACE = { environment: "local", account: "111122223333", region: "us-east-1" };
export const NAMES = platformNames(PLACE);
const DEPLOYER = roleArn(DEPLOYER_ROLE);

type Policy = Parameters<Deployment["policy"]>[1];
const statements = (document: string) => (JSON.parse(document) as { Statement: Policy[] }).Statement;

export async function startIdentityAccount() {
  const test = await startTestGateway((deployment) => {
    const permissionsBoundary = deployment.policy(
      NAMES.platformBoundaryName,
      ...statements(platformBoundary(PLACE, "embedder")),
    );
    const administration = deployment.policy(
      NAMES.administrationBoundaryName,
      ...statements(administrationBoundary(PLACE)),
    );
    for (const fn of FUNCTIONS)
      deployment.role(NAMES.functionRoleName(fn), {
        policy: statements(functionPolicy(PLACE, fn)),
        permissionsBoundary: isAdministration(fn) ? administration : permissionsBoundary,
      });
    deployment.role(NAMES.membersRoleName, { policy: statements(membersPolicy(PLACE)), permissionsBoundary });
    deployment.put("aws:cognito/userPool:UserPool", POOL, {
      arn: `arn:aws:cognito-idp:us-east-1:111122223333:userpool/${POOL}`,
      tags: { [POOL_TAG]: NAMES.userPool },
    });
    deployment.role("operator", { policy: [{ Effect: "Allow", Action: "cognito-idp:*", Resource: "*" }] });
  });
  await test.createTable(NAMES.membershipsTable, "user");
  await test.createTable(NAMES.usersTable, "tenant_id", "id");
  for (const [arn, policy] of [
    [NAMES.membershipsTableArn, membershipsTablePolicy(PLACE, [DEPLOYER])],
    [NAMES.usersTableArn, usersTablePolicy(PLACE, [DEPLOYER])],
  ] as const)
    test.deployment.put("aws:dynamodb/resourcePolicy:ResourcePolicy", arn, { resourceArn: arn, policy });

  const call: DynamoDbCall = createDynamoDbCall({ AWS_ENDPOINT_URL: test.gateway.origin }, "us-east-1");
  const as = (role: string, tags?: Readonly<Record<string, string>>) => test.as(role, tags).credentials;
  const put = async (table: string, item: object) => {
    await call(as(DEPLOYER_ROLE), "PutItem", { TableName: table, Item: marshall(item) });
  };
  return {
    test,
    deployment: test.deployment,
    gateway: test.gateway,
    stop: () => test.stop(),
    accountOf: (Username: string) =>
      new CognitoIdentityProviderClient(test.as("operator")).send(
        new AdminGetUserCommand({ UserPoolId: POOL, Username }),
      ),
    call,
    as,
    put,
    /** The users of a tenant as a function's own role sees them. */
    directoryAs: (fn: "pre-token" | "user-admin", tenantId: string) =>
      createDirectory(call, NAMES.usersTable, as(NAMES.functionRoleName(fn)), tenantId),
    /** The users of a tenant by the credentials that the broker gives an admin of `session`. */
    directoryOf: (tenantId: string, session = tenantId) =>
      createDirectory(call, NAMES.usersTable, as(NAMES.membersRoleName, { tenant_id: session }), tenantId),
    membership: async (sub: string) => {
      const { answer } = await call(as(DEPLOYER_ROLE), "GetItem", {
        TableName: NAMES.membershipsTable,
        Key: { user: { S: `${ISSUER}#${sub}` } },
      });
      return answer.Item && unmarshall(answer.Item);
    },
    user: async (tenantId: string, id: string): Promise<UserItem | undefined> => {
      const { answer } = await call(as(DEPLOYER_ROLE), "GetItem", {
        TableName: NAMES.usersTable,
        Key: { tenant_id: { S: tenantId }, id: { S: id } },
      });
      return answer.Item && (unmarshall(answer.Item) as UserItem);
    },
  };
}

export type IdentityAccount = Awaited<ReturnType<typeof startIdentityAccount>>;
