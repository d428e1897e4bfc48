import { CONVERSATION_ID } from "./conversations.ts";
import type { DynamoDbCall } from "../shared/dynamodb.ts";
import { Forbidden, InvalidRequest } from "../shared/errors.ts";
import type { TenantContext } from "../shared/tenant-context.ts";

/** AgentCore names the session of a request in this header. */
export const SESSION_HEADER = "x-amzn-bedrock-agentcore-runtime-session-id";
/** AgentCore ends a session after 8 hours; the binding outlives it, so that an id that was used stays its user's. */
const KEPT_SECONDS = 30 * 24 * 3600;
/** Users whose sessions one process remembers. */
const MAX_REMEMBERED = 10_000;

/**
 * Binds a session to the first user who uses it.
 * @throws InvalidRequest if the id is none; Forbidden if the session is another user's
 */
export type BindSession = (context: TenantContext, session: string | undefined) => Promise<string>;

/**
 * AgentCore lets whoever has a token into any session whose id it knows. Twice it is looked at whose a session is: in the tenant's partition
 * of the table, by one conditional write with the tenant's credentials; and in this process, which serves the session and could be
 * reached with its id by another tenant's user, whose partition has no such session.
 */
export function createBindSession(call: DynamoDbCall, table: string): BindSession {
  const served = new Map<string, string>();
  return async (context, session) => {
    if (session === undefined || !CONVERSATION_ID.test(session))
      throw new InvalidRequest(
        "The session's id has to have 33 to 100 letters, digits, hyphens and underscores.",
      );
    const { sub, issuer } = context.user;
    const user = `${issuer}#${sub}`;
    const owner = `${context.tenantId} ${user}`;
    if ((served.get(session) ?? owner) !== owner) throw new Forbidden("the session is another user's");
    const expires = Math.floor(Date.now() / 1000) + KEPT_SECONDS;
    const { conditionFailed } = await call(context.credentials, "PutItem", {
      TableName: table,
      Item: {
        tenant_id: { S: context.tenantId },
        session: { S: session },
        user: { S: user },
        expires_at: { N: String(expires) },
      },
      ConditionExpression: "attribute_not_exists(tenant_id) OR #user = :user",
      ExpressionAttributeNames: { "#user": "user" },
      ExpressionAttributeValues: { ":user": { S: user } },
    });
    if (conditionFailed) throw new Forbidden("the session is another user's");
    // Two first uses at one time: the later one lost, or is the same user's.
    if ((served.get(session) ?? owner) !== owner) throw new Forbidden("the session is another user's");
    if (served.size >= MAX_REMEMBERED) served.delete(served.keys().next().value ?? "");
    served.set(session, owner);
    return session;
  };
}
