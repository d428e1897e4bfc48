/** The agent's memory, which tenants share, by actor: a tenant's user. */
import type { Memory, Tenant } from "../../model/account.ts";
import type { Request } from "../request.ts";
import { ON_CONVERSATIONS, ON_MEMORIES } from "./actions.ts";
import { asked, listed, tagFacts, type TargetOf } from "./targets.ts";

/** The user whom the caller's session names, and another one of whichever tenant. They stand for any two. */
const USER = "one-user";
const OTHER_USER = "another-user";

export const ACTOR = "bedrock-agentcore:actorId";
export const SESSION_USER = "aws:SourceIdentity";

export function ofMemory(memory: Memory, target: TargetOf, tenants: readonly Tenant[]): readonly Request[] {
  const policies = listed(memory.policy);
  const tags = tagFacts(memory.tags);
  const whole = target("memory", { urn: memory.urn, owner: undefined }, memory.arn);
  return [
    ...ON_MEMORIES.map((action) => asked(whole, action, memory.arn, { facts: tags, policies })),
    ...tenants.flatMap(({ id }) =>
      // One's own, another user's, those of the tenant as a whole, and a request whose actor AWS does not tell.
      [`${id}/${USER}`, `${id}/${OTHER_USER}`, id, undefined].flatMap((actor) => {
        const of = target("conversation", { urn: memory.urn, owner: id }, `${memory.arn} ${actor ?? id}`);
        const facts = { ...tags, [SESSION_USER]: USER, ...(actor !== undefined && { [ACTOR]: actor }) };
        return ON_CONVERSATIONS.map((action) => asked(of, action, memory.arn, { facts, policies }));
      }),
    ),
  ];
}
