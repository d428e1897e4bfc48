import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { platformNames, type Place } from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import { memoryPolicy } from "../tenants/documents/conversations.ts";
import { agentTags } from "./documents/agent-roles.ts";

export interface ConversationsArgs {
  readonly place: Place;
  readonly keyArn: pulumi.Input<string>;
  readonly protect: boolean;
}

/** Days that AgentCore keeps a conversation's events. */
const MEMORY_DAYS = 30;

/** The agent's memory, where it keeps conversations: each is its user's, by the memory's own policy too. */
export class Conversations extends pulumi.ComponentResource {
  readonly memoryId: pulumi.Output<string>;

  constructor(name: string, args: ConversationsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Conversations", name, {}, opts);
    const { place, keyArn, protect } = args;
    const memory = new aws.bedrock.AgentcoreMemory(
      "agent-memory",
      {
        name: platformNames(place).agentMemory,
        description: "Conversations, by tenant and user",
        eventExpiryDuration: MEMORY_DAYS,
        encryptionKeyArn: keyArn,
        tags: agentTags(place),
      },
      {
        parent: this,
        protect,
        deleteBeforeReplace: true,
        // It was the agent's hosting's, which comes after what asks.
        aliases: [{ parent: pulumi.createUrn("agent", "bulkhead:infra:AgentHost") }],
      },
    );
    const policy = new aws.bedrock.AgentcoreResourcePolicy(
      `${name}-policy`,
      { resourceArn: memory.arn, policy: memoryPolicy(place) },
      { parent: this },
    );
    this.memoryId = after(memory.id, policy);
    this.registerOutputs({ memoryId: this.memoryId });
  }
}
