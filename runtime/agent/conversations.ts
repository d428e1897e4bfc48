import { createHash } from "node:crypto";

import { AwsClient } from "aws4fetch";
import { z } from "zod";

import { memoryActor } from "../contract/names.ts";
import type { CallOptions } from "../shared/deadline.ts";
import { within } from "../shared/deadline.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import { localOrigin } from "../shared/endpoints.ts";
import type { Env } from "../shared/environment.ts";
import { IsolationFault } from "../shared/errors.ts";
import { isPassingStatus, retried } from "../shared/retry.ts";
import { awsHost, Refused, sendSigned } from "../shared/signed-json.ts";
import type { TenantContext } from "../shared/tenant-context.ts";

/** A question and what was answered. */
export interface Turn {
  readonly question: string;
  readonly answer: string;
}

/** What a user said before, kept and read with the tenant's credentials: nobody else's conversation can be named. */
export interface Conversations {
  /**
   * The last turns of one of this user's conversations, oldest first.
   * @throws IsolationFault if the memory returned another's; DependencyUnavailable, DependencyTimeout
   */
  recall(context: TenantContext, conversation: string, signal: AbortSignal): Promise<readonly Turn[]>;
  /** @throws DependencyUnavailable, DependencyTimeout */
  keep(context: TenantContext, conversation: string, turn: Turn, signal: AbortSignal): Promise<void>;
}

/** The memory's rule for sessions, and AgentCore's for the shortest one. */
export const CONVERSATION_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{32,99}$/;

/** Turns that a model is reminded of. */
const MAX_TURNS = 5;
/** Characters of them together: beyond it, the oldest are left out. */
const MAX_CHARACTERS = 12_000;
/** Metadata of an event: whose groups the answer was for. */
const GROUPS = "groups";

const said = z.object({
  conversational: z.object({ role: z.string(), content: z.object({ text: z.string() }) }),
});
const events = z.object({
  events: z.array(
    z.object({
      actorId: z.string(),
      sessionId: z.string(),
      payload: z.array(said),
      metadata: z.record(z.string(), z.object({ stringValue: z.string() })).optional(),
    }),
  ),
});

/** Over AgentCore's memory: an event for each turn, of the actor that is the tenant's user. */
export function createConversations(env: Env, region: string, memoryId: string): Conversations {
  const origin = localOrigin(env) ?? `https://${awsHost("bedrock-agentcore", region)}`;
  const send = (context: TenantContext, what: string, path: string, body: object, signal: AbortSignal) => {
    const client = new AwsClient({ ...context.credentials, service: "bedrock-agentcore", region });
    const url = `${origin}/memories/${encodeURIComponent(memoryId)}${path}`;
    const text = JSON.stringify(body);
    return within(DEPENDENCIES.memory, signal, (options) =>
      retried(
        DEPENDENCIES.memory,
        options.abortSignal,
        () => ask(client, what, url, text, options),
        (error) => !(error instanceof Refused),
      ),
    );
  };
  return {
    recall: async (context, sessionId, signal) => {
      const actorId = actorOf(context);
      const path = `/actor/${encodeURIComponent(actorId)}/sessions/${encodeURIComponent(sessionId)}`;
      const answer = await send(context, "ListEvents", path, { maxResults: MAX_TURNS }, signal);
      const turns = await within(DEPENDENCIES.memory, signal, () =>
        Promise.resolve(events.parse(answer).events),
      );
      for (const event of turns)
        if (event.actorId !== actorId || event.sessionId !== sessionId)
          throw new IsolationFault("the memory returned an event of another actor or session");
      // Newest first, as they come.
      return fitting(
        turns
          // An answer may quote what is for groups that the user is no longer in.
          .filter(({ metadata }) => metadata?.[GROUPS]?.stringValue === groupsOf(context))
          .map(({ payload }) => ({
            question: textOf(payload, "USER"),
            answer: textOf(payload, "ASSISTANT"),
          })),
      );
    },
    keep: async (context, sessionId, { question, answer }, signal) => {
      const now = new Date();
      await send(
        context,
        "CreateEvent",
        "/events",
        {
          actorId: actorOf(context),
          sessionId,
          eventTimestamp: now.getTime() / 1000,
          payload: [
            { conversational: { role: "USER", content: { text: question } } },
            { conversational: { role: "ASSISTANT", content: { text: answer } } },
          ],
          metadata: { [GROUPS]: { stringValue: groupsOf(context) } },
          // What is repeated is kept once.
          clientToken: crypto.randomUUID(),
        },
        signal,
      );
    },
  };
}

async function ask(
  client: AwsClient,
  operation: string,
  url: string,
  body: string,
  options: CallOptions,
): Promise<object> {
  const what = `AgentCore ${operation}`;
  const headers = { "content-type": "application/json" };
  const { ok, status, answer, fault } = await sendSigned(client, url, { what, headers, body }, options);
  if (ok && answer) return answer;
  const text = `${what}: HTTP ${status} ${fault}`;
  throw isPassingStatus(status) ? new Error(text) : new Refused(text);
}

const actorOf = ({ tenantId, user }: TenantContext): string => memoryActor(tenantId, user.sub);

/** The user's groups as one short text. */
function groupsOf({ user }: TenantContext): string {
  return createHash("sha256").update(JSON.stringify(user.groups.toSorted())).digest("hex");
}

function textOf(payload: readonly z.infer<typeof said>[], role: string): string {
  return (
    payload.find(({ conversational }) => conversational.role === role)?.conversational.content.text ?? ""
  );
}

/** The newest that fit, oldest first. */
function fitting(newestFirst: readonly Turn[]): readonly Turn[] {
  let left = MAX_CHARACTERS;
  const kept: Turn[] = [];
  for (const turn of newestFirst) {
    left -= turn.question.length + turn.answer.length;
    if (left < 0) break;
    kept.unshift(turn);
  }
  return kept;
}
