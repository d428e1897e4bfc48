/** Many clients at once, each with one request under way: what they ask, and what is right about an answer. */
import type { ChatResponse, ListDocumentsResponse, MeResponse } from "../../runtime/contract/api.ts";
import { documentOf, QUESTION, type LoadTenant } from "./tenants.ts";

export interface Client {
  readonly tenant: LoadTenant;
  readonly token: string;
  /** Tells this client's documents from others'. */
  readonly number: number;
}

export type Kind = "chat" | "me" | "list" | "upload" | "delete";

export interface Measured {
  readonly kind: Kind;
  readonly ms: number;
  /** What was wrong; undefined: nothing. */
  readonly fault: string | undefined;
}

/** Of 100 requests. An upload is followed by the deletion of what it stored. */
const SHARES: readonly (readonly [kind: Kind, share: number])[] = [
  ["chat", 74],
  ["me", 14],
  ["list", 8],
  ["upload", 4],
];
/** Longer than API Gateway's own limit: whoever waits so long has been forgotten. */
const CLIENT_MS = 40_000;

/** Sends requests, one after the other, until the signal comes; what is under way then is waited for. */
export async function run(
  apiUrl: string,
  client: Client,
  tenants: readonly LoadTenant[],
  until: AbortSignal,
  onDone: (measured: Measured) => void,
): Promise<void> {
  const foreign = tenants.filter(({ id }) => id !== client.tenant.id).map(({ canary }) => canary);
  const send = async (kind: Kind): Promise<void> => {
    const started = performance.now();
    const fault = await attempt(apiUrl, client, kind, foreign).catch((error: unknown) =>
      error instanceof Error
        ? `${kind}: ${error.name}: ${error.message} ${error.cause instanceof Error ? error.cause.message : ""}`
        : String(error),
    );
    onDone({ kind, ms: performance.now() - started, fault });
  };
  while (!until.aborted) {
    const kind = draw();
    await send(kind);
    if (kind === "upload") await send("delete");
  }
}

function draw(): Kind {
  let left = Math.random() * 100;
  return SHARES.find(([, share]) => (left -= share) < 0)?.[0] ?? "chat";
}

/** @returns what is wrong with the answer */
async function attempt(
  apiUrl: string,
  { tenant, token, number }: Client,
  kind: Kind,
  foreign: readonly string[],
): Promise<string | undefined> {
  const name = `client-${number}.md`;
  const [method, path, body, expected] = (
    {
      chat: ["POST", "/v1/chat", { question: QUESTION }, 200],
      me: ["GET", "/v1/me", undefined, 200],
      list: ["GET", "/v1/documents", undefined, 200],
      upload: ["POST", "/v1/documents", { name, content: documentOf(tenant) }, 202],
      delete: ["DELETE", `/v1/documents/${name}`, undefined, 202],
    } as const
  )[kind];
  const response = await fetch(apiUrl + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(CLIENT_MS),
  });
  const text = await response.text();
  const leaked = foreign.find((canary) => text.includes(canary));
  if (leaked !== undefined) return `LEAK: ${tenant.id} was shown ${leaked}`;
  if (response.status !== expected)
    return `${kind}: HTTP ${response.status} ${text.replace(/,?"requestId":"[^"]*"/, "").slice(0, 200)}`;
  return judge(kind, JSON.parse(text), tenant);
}

function judge(kind: Kind, body: unknown, { id, canary }: LoadTenant): string | undefined {
  if (kind === "me" && (body as MeResponse).tenant.id !== id) return "me: another tenant";
  if (kind === "chat") {
    const { answered, answer } = body as ChatResponse;
    if (!answered || !answer.includes(canary))
      return `chat: not the tenant's own answer: ${answer.slice(0, 100)}`;
  }
  if (kind === "list") {
    const strangers = (body as ListDocumentsResponse).documents.filter(({ uri }) => !uri.includes(`/${id}/`));
    if (strangers.length > 0) return "list: another tenant's document";
  }
  return undefined;
}
