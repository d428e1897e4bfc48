import { platformNames, tenantNames, tenantPatterns, type Place } from "../../runtime/contract/names.ts";
import { policy, PRINCIPAL_TAG, type Statement } from "./policy.ts";

/** Keeping a turn of a conversation, and reading the last ones. */
const CONVERSATION_ACTIONS = ["bedrock-agentcore:CreateEvent", "bedrock-agentcore:ListEvents"];
/** The other actions whose requests name an actor. */
const OTHER_EVENT_ACTIONS = ["bedrock-agentcore:DeleteEvent", "bedrock-agentcore:GetEvent"];

const ACTOR = "bedrock-agentcore:actorId";

/** The broker names the user in every session that it makes, and who trusts it demands that. Without one it matches nothing. */
const USER = "${aws:SourceIdentity}";

/**
 * A user's own conversations: the actor is the tenant of the session's tag and the user of its source identity, both of which the broker
 * took from the token. AWS has the key for events; it has none for ListActors and for records by their ids, which nobody is given.
 */
export function keepConversations(place: Place, id: string): Statement {
  return {
    Sid: "KeepOwnConversations",
    Effect: "Allow",
    Action: CONVERSATION_ACTIONS,
    Resource: platformNames(place).agentMemoryArn,
    Condition: {
      StringEquals: { [PRINCIPAL_TAG]: id, [ACTOR]: `${tenantNames(place, id).actorPrefix}${USER}` },
    },
  };
}

/** The same for whoever carries a tag, in the boundary of tenants' roles. */
export function boundaryOfConversations(place: Place): Statement {
  return {
    Sid: "OwnConversations",
    Effect: "Allow",
    Action: CONVERSATION_ACTIONS,
    Resource: platformNames(place).agentMemoryArn,
    Condition: { StringEquals: { [ACTOR]: `${tenantPatterns(place, "sessionTag").actorPrefix}${USER}` } },
  };
}

/**
 * The memory's own policy: whatever a principal's policies allow, a turn is kept and read by its user alone, in a session of its tenant,
 * and nobody does anything else with it. People who repair see that there were conversations.
 */
export function memoryPolicy(place: Place): string {
  // By pattern, so that the policy is known, and can be judged, before the memory is there.
  const { agentMemoryArn, breakGlassRoleArn } = platformNames(place);
  return policy(
    {
      Sid: "OnlyOwnConversations",
      Effect: "Deny",
      Principal: "*",
      Action: CONVERSATION_ACTIONS,
      Resource: agentMemoryArn,
      // Holds without a tag, a user or an actor too: a variable without a value equals nothing.
      Condition: {
        StringNotEquals: { [ACTOR]: `${tenantPatterns(place, "sessionTag").actorPrefix}${USER}` },
      },
    },
    {
      Sid: "NothingElse",
      Effect: "Deny",
      Principal: "*",
      Action: [...OTHER_EVENT_ACTIONS, "bedrock-agentcore:*MemoryRecord*", "bedrock-agentcore:*Extraction*"],
      Resource: agentMemoryArn,
    },
    {
      Sid: "NobodyListsPeople",
      Effect: "Deny",
      Principal: "*",
      Action: ["bedrock-agentcore:ListActors", "bedrock-agentcore:ListSessions"],
      Resource: agentMemoryArn,
      Condition: { ArnNotEquals: { "aws:PrincipalArn": breakGlassRoleArn } },
    },
  );
}
