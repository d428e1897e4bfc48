/**
 * AgentCore memory's data plane. Events are kept and read; on long-term records, which no deployed memory extracts, it is only decided.
 * Sources: Bedrock AgentCore data plane API reference for shapes and patterns; service authorization reference for the condition keys of
 * each action; that events are listed newest first is as users of the service report.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Context, NamedPolicy } from "../../../policies/isolation/types.ts";
import type { ResourceRecord } from "../../account/account.ts";
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import { MEMORY, memoryEvents, type MemoryEvent } from "../agent/memory.ts";
import { AwsError, type Call, type Gateway, type Reply, type Service } from "../contract.ts";
import { deployedPolicy } from "../principals.ts";
import { tagsOf } from "../roles.ts";
import { invalid, readJson, reply } from "./bedrock-json.ts";
import { notPerformed } from "./decided-only.ts";

const POLICY = "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy";

const memoryIdText = z.string().regex(/^[a-zA-Z][a-zA-Z0-9-_]{0,99}-[a-zA-Z0-9]{10}$/);
const actor = z
  .string()
  .max(255)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9-_/]*(?::[a-zA-Z0-9-_/]+)*[a-zA-Z0-9-_/]*$/);
const session = z
  .string()
  .max(100)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9-_]*$/);
const createEvent = z.strictObject({
  actorId: actor,
  sessionId: session,
  eventTimestamp: z.number(),
  payload: z
    .array(
      z.strictObject({
        conversational: z.strictObject({
          role: z.enum(["ASSISTANT", "USER", "TOOL", "OTHER"]),
          content: z.strictObject({ text: z.string().min(1).max(100_000) }),
        }),
      }),
    )
    .max(100),
  metadata: z.record(z.string(), z.strictObject({ stringValue: z.string().max(256) })).exactOptional(),
  clientToken: z.string().exactOptional(),
});
const list = z.strictObject({
  includePayloads: z.boolean().default(true),
  maxResults: z.int().min(1).max(100).default(20),
  nextToken: z.string().optional(),
});

interface Asked {
  readonly gateway: Gateway;
  readonly call: Call;
  readonly memoryId: string;
  /** Of the path. */
  readonly actorId: string;
  readonly sessionId: string;
  readonly eventId: string;
}

interface Operation {
  readonly method: string;
  /** Of the path below the memory: `{actorId}` and so on are its parts. */
  readonly path: string;
  readonly name: string;
  /** What the request's context holds for this action. */
  readonly keys: readonly ("actorId" | "sessionId" | "namespace")[];
  /** Absent: it is only decided. */
  readonly perform?: (asked: Asked) => Reply;
}

const EVENTS = "/actor/{actorId}/sessions/{sessionId}";
const OPERATIONS: readonly Operation[] = [
  { method: "POST", path: "/events", name: "CreateEvent", keys: ["actorId", "sessionId"], perform: create },
  { method: "POST", path: EVENTS, name: "ListEvents", keys: ["actorId", "sessionId"], perform: listEvents },
  {
    method: "GET",
    path: `${EVENTS}/events/{eventId}`,
    name: "GetEvent",
    keys: ["actorId", "sessionId"],
    perform: (asked) => reply(asked.call, { event: shown(found(asked)) }),
  },
  {
    method: "DELETE",
    path: `${EVENTS}/events/{eventId}`,
    name: "DeleteEvent",
    keys: ["actorId", "sessionId"],
    perform: (asked) => {
      const event = found(asked);
      memoryEvents(asked.gateway.account, asked.memoryId).delete(event);
      return reply(asked.call, { eventId: event.eventId });
    },
  },
  {
    method: "POST",
    path: "/actor/{actorId}/sessions",
    name: "ListSessions",
    keys: ["actorId"],
    perform: ({ gateway, call, memoryId, actorId }) => {
      const sessions = memoryEvents(gateway.account, memoryId).sessionsOf(actorId);
      return reply(call, { sessionSummaries: sessions.map((sessionId) => ({ sessionId, actorId })) });
    },
  },
  {
    method: "POST",
    path: "/actors",
    name: "ListActors",
    keys: [],
    perform: ({ gateway, call, memoryId }) =>
      reply(call, {
        actorSummaries: memoryEvents(gateway.account, memoryId)
          .actors()
          .map((actorId) => ({ actorId })),
      }),
  },
  { method: "POST", path: "/memoryRecords", name: "ListMemoryRecords", keys: ["namespace"] },
  { method: "POST", path: "/retrieve", name: "RetrieveMemoryRecords", keys: ["namespace"] },
  {
    method: "POST",
    path: "/memoryRecords/batchCreate",
    name: "BatchCreateMemoryRecords",
    keys: ["namespace"],
  },
  {
    method: "POST",
    path: "/memoryRecords/batchUpdate",
    name: "BatchUpdateMemoryRecords",
    keys: ["namespace"],
  },
  { method: "POST", path: "/memoryRecords/batchDelete", name: "BatchDeleteMemoryRecords", keys: [] },
  { method: "GET", path: "/memoryRecord/{eventId}", name: "GetMemoryRecord", keys: [] },
  { method: "DELETE", path: "/memoryRecords/{eventId}", name: "DeleteMemoryRecord", keys: [] },
  { method: "POST", path: "/extractionJobs", name: "ListMemoryExtractionJobs", keys: [] },
  {
    method: "POST",
    path: "/extractionJobs/start",
    name: "StartMemoryExtractionJob",
    keys: ["actorId", "sessionId"],
  },
];
const MATCHERS = OPERATIONS.map((operation) => ({
  operation,
  path: new RegExp(
    `^/memories/(?<memoryId>[^/]+)${operation.path.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`,
  ),
}));

export function createAgentCoreMemoryService(gateway: Gateway): Service {
  return {
    serves: ({ service, rawPath }) => service === "bedrock-agentcore" && rawPath.startsWith("/memories/"),
    // eslint-disable-next-line @typescript-eslint/require-await -- a service answers later
    handle: async (call) => answer(gateway, call),
  };
}

function answer(gateway: Gateway, call: Call): Reply {
  for (const { operation, path } of MATCHERS) {
    const parts = call.method === operation.method ? path.exec(call.rawPath)?.groups : undefined;
    if (parts === undefined) continue;
    const [memoryId, actorId, sessionId, eventId] = ["memoryId", "actorId", "sessionId", "eventId"].map(
      (part) => decoded(parts[part] ?? ""),
    ) as [string, string, string, string];
    if (!memoryIdText.safeParse(memoryId).success) throw invalid("memoryId is not one.");
    if (parts["actorId"] !== undefined && !actor.safeParse(actorId).success)
      throw invalid("actorId is not one.");
    if (parts["sessionId"] !== undefined && !session.safeParse(sessionId).success)
      throw invalid("sessionId is not one.");
    const asked = { gateway, call, memoryId, actorId, sessionId, eventId };
    authorize(asked, operation);
    if (!gateway.account.resource(MEMORY, memoryId))
      throw new AwsError("ResourceNotFoundException", `Memory not found: ${memoryId}`, 404);
    if (!operation.perform) throw notPerformed(`bedrock-agentcore:${operation.name}`);
    return operation.perform(asked);
  }
  throw new AwsError("UnknownOperationException", "The embedded account does not know this operation.", 404);
}

function authorize({ gateway, call, memoryId, actorId, sessionId }: Asked, { name, keys }: Operation): void {
  const { account } = gateway;
  const resource = `arn:${LOCAL_PARTITION}:bedrock-agentcore:${LOCAL_REGION}:${LOCAL_ACCOUNT}:memory/${memoryId}`;
  const record = account.resource(MEMORY, memoryId);
  const body = call.method === "POST" ? (bodyOf(call) as Readonly<Record<string, unknown>>) : {};
  const told: Readonly<Record<string, unknown>> = {
    actorId: actorId === "" ? body["actorId"] : actorId,
    sessionId: sessionId === "" ? body["sessionId"] : sessionId,
    namespace: body["namespace"],
  };
  const context = Object.fromEntries(
    keys.flatMap((key) => {
      const value = told[key];
      return typeof value === "string" ? [[`bedrock-agentcore:${key}`, value]] : [];
    }),
  );
  gateway.authorize(call, {
    action: `bedrock-agentcore:${name}`,
    resource,
    context: { ...context, ...(record && tagsIn(record)) },
    resourcePolicies: account.inForce
      .resources(POLICY)
      .filter(({ outputs }) => outputs["resourceArn"] === resource)
      .map((each): NamedPolicy =>
        deployedPolicy(account, each, `policy of memory ${memoryId}`, each.outputs["policy"]),
      ),
  });
}

const tagsIn = (record: ResourceRecord): Context =>
  Object.fromEntries(Object.entries(tagsOf(record)).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));

function create({ gateway, call, memoryId }: Asked): Reply {
  const { eventTimestamp, ...given } = parsed(createEvent, bodyOf(call));
  const events = memoryEvents(gateway.account, memoryId);
  const known =
    given.clientToken === undefined
      ? undefined
      : events
          .of(given.actorId, given.sessionId)
          .find(({ clientToken }) => clientToken === given.clientToken);
  const [newest] = events.of(given.actorId, given.sessionId);
  const event: MemoryEvent = known ?? {
    ...given,
    memoryId,
    eventTimestamp,
    eventId: nextId(newest),
  };
  if (!known) events.put(event);
  return reply(call, { event: shown(event) }, 201);
}

/** `0000001795…#1a2b3c4d`: later than the newest one's, also within a millisecond. */
function nextId(newest: MemoryEvent | undefined): string {
  const last = Number(newest?.eventId.split("#")[0] ?? 0);
  return `${String(Math.max(Date.now(), last + 1)).padStart(16, "0")}#${randomBytes(4).toString("hex")}`;
}

function listEvents({ gateway, call, memoryId, actorId, sessionId }: Asked): Reply {
  const { includePayloads, maxResults, nextToken } = parsed(list, bodyOf(call));
  const all = memoryEvents(gateway.account, memoryId).of(actorId, sessionId);
  const from = nextToken === undefined ? 0 : all.findIndex(({ eventId }) => eventId === nextToken) + 1;
  if (nextToken !== undefined && from === 0) throw invalid("nextToken is not one that this API gave.");
  const page = all.slice(from, from + maxResults);
  const more = from + maxResults < all.length;
  return reply(call, {
    events: page.map((event) => shown(event, includePayloads)),
    ...(more && { nextToken: page.at(-1)?.eventId }),
  });
}

function found({ gateway, memoryId, actorId, sessionId, eventId }: Asked): MemoryEvent {
  const event = memoryEvents(gateway.account, memoryId)
    .of(actorId, sessionId)
    .find((each) => each.eventId === eventId);
  if (!event) throw new AwsError("ResourceNotFoundException", `Event not found: ${eventId}`, 404);
  return event;
}

const shown = (event: MemoryEvent, payloads = true): object => ({
  ...event,
  clientToken: undefined,
  ...(!payloads && { payload: undefined }),
});

const bodyOf = (call: Call): object =>
  readJson(call, [
    ...["actorId", "sessionId", "eventTimestamp", "payload", "metadata", "clientToken"],
    ...["includePayloads", "maxResults", "nextToken"],
    ...["namespace", "searchCriteria", "records", "extractionJob"],
  ]);

function parsed<T>(schema: z.ZodType<T>, body: object): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw invalid(z.prettifyError(result.error));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid("The path is not UTF-8.");
  }
}
