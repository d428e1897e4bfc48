import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

import type { PersonMembership } from "../contract/registry.ts";
import type { AwsCredentials } from "../shared/aws-credentials.ts";
import type { DynamoDbCall } from "../shared/dynamodb.ts";

/** Which tenant accounts are of. */
export interface Memberships {
  get(user: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Writes down a claim; false if the account is another tenant's. */
  put(membership: PersonMembership): Promise<boolean>;
}

/** @throws DependencyUnavailable, DependencyTimeout (each call) */
export function createMemberships(
  call: DynamoDbCall,
  table: string,
  credentials: AwsCredentials,
): Memberships {
  return {
    async get(user) {
      const { answer } = await call(credentials, "GetItem", {
        TableName: table,
        Key: marshall({ user }),
        ConsistentRead: true,
      });
      return answer.Item && unmarshall(answer.Item);
    },

    async put(membership) {
      const { conditionFailed } = await call(credentials, "PutItem", {
        TableName: table,
        Item: marshall(membership),
        ConditionExpression: "attribute_not_exists(#user) OR #tenant = :tenant",
        ExpressionAttributeNames: { "#user": "user", "#tenant": "tenant_id" },
        ExpressionAttributeValues: marshall({ ":tenant": membership.tenant_id }),
      });
      return !conditionFailed;
    },
  };
}
