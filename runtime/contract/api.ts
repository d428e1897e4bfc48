import type { Budget, Scope } from "./registry.ts";

/** The HTTP API's shapes. Nothing in a request names a tenant: the token does. */

/**
 * `POST /v1/chat`. `question`: 1 to 2,000 characters. `conversation`: an id of the client's own making, 33 to 100 letters, digits,
 * hyphens and underscores (a UUID will do), by which questions follow one another; without one, nothing is kept. Two users' ids never
 * meet. To AgentCore the session is the conversation.
 */
export interface ChatRequest {
  readonly question: string;
  readonly conversation?: string;
}

export interface Citation {
  /** `claims`: records of the tenant's database, which a tool of the agent read. */
  readonly corpus: "shared" | "tenant" | "claims";
  /** The document's `s3://` address; `claims:` and the claim's number, or what was counted. */
  readonly uri: string;
  /** The marker in the answer, from 1: `[1]`. */
  readonly marker: number;
  /** The passage that was shown to the model. */
  readonly text: string;
}

export interface ChatResponse {
  readonly answer: string;
  /** False if neither corpus holds an answer; `citations` is then empty. */
  readonly answered: boolean;
  readonly citations: readonly Citation[];
  /** Present if the request was part of a conversation. */
  readonly conversation?: {
    readonly id: string;
    /** False: what was said before could not be read, and the answer was made without. */
    readonly known: boolean;
    /** False: this turn is not remembered. */
    readonly kept: boolean;
  };
  readonly requestId: string;
}

/** `GET /v1/me` */
export interface MeResponse {
  readonly tenant: { readonly id: string; readonly name: string };
  readonly user: { readonly sub: string; readonly username: string; readonly groups: readonly string[] };
}

/** `GET /v1/usage?month=2026-11` (admins only): this month's, unless another one is asked for. */
export interface UsageResponse {
  /** Of UTC. */
  readonly month: string;
  /** What the tenant's plan allows in a month. */
  readonly budget: Budget;
  /** What counts against it; tokens of questions that are being answered are counted as if each took the most that one may. */
  readonly used: Budget;
  /** By day and model, in that order: what was answered. */
  readonly days: readonly UsageEntry[];
}

export interface UsageEntry {
  /** `2026-11-22` */
  readonly day: string;
  readonly model: string;
  readonly questions: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** `POST /v1/documents`. `name`: a file name ending in `.md` or `.txt`; `groups`: who inside the tenant may see it (default: all). */
export interface PutDocumentRequest {
  readonly name: string;
  readonly content: string;
  readonly groups?: readonly string[];
}

export interface PutDocumentResponse {
  readonly document: { readonly name: string; readonly uri: string; readonly bytes: number };
  /** The silo's ingestion job; in the pool, where the bucket's event starts it, `{id: "", status: "PENDING"}`. */
  readonly ingestion: { readonly id: string; readonly status: string };
}

/**
 * What became of a stored document. `pending`: not ingested yet (or again); `failed`: it can't be, `reason` says why, and the
 * others are not held up.
 */
export type DocumentState = "pending" | "indexed" | "failed";

export interface DocumentEntry {
  /** The document's id, as in `DELETE /v1/documents/{id}`: its file name. */
  readonly name: string;
  readonly uri: string;
  readonly bytes: number;
  /** ISO 8601 */
  readonly modified: string;
  readonly state: DocumentState;
  readonly reason?: string;
  /** Absent: all of the tenant's users see it. */
  readonly groups?: readonly string[];
}

/** `GET /v1/documents?next=…`: those that the caller's groups may see, at most 100 a page, in name order. */
export interface ListDocumentsResponse {
  readonly documents: readonly DocumentEntry[];
  /** Present if there are more. */
  readonly next?: string;
}

/** `DELETE /v1/documents/{id}`: the document is gone; its passages go with what `ingestion` names, in the pool with the bucket's event. */
export interface DeleteDocumentResponse {
  readonly ingestion: PutDocumentResponse["ingestion"];
}

/** `POST /v1/users` (admins only). `groups`: of those that the tenant has, or `admin`. */
export interface InviteRequest {
  readonly email: string;
  readonly groups: readonly string[];
}

/** `PUT /v1/users/{id}` (admins only): in these groups and no other. */
export interface SetGroupsRequest {
  readonly groups: readonly string[];
}

export interface UserEntry {
  /** As in `/v1/users/{id}`. */
  readonly id: string;
  readonly email: string;
  readonly groups: readonly string[];
  readonly state: "invited" | "expired" | "active";
  /** ISO 8601; until when an invitation can be claimed. */
  readonly expires?: string;
}

/** `GET /v1/users?next=…` (admins only): at most 100 a page. */
export interface ListUsersResponse {
  readonly users: readonly UserEntry[];
  readonly next?: string;
}

/** Answers to `POST` and `PUT`. */
export interface UserResponse {
  readonly user: UserEntry;
}

/** `DELETE /v1/users/{id}` (admins only): who was removed gets no more tokens; those that there are end within 15 minutes. */
export interface RemoveUserResponse {
  readonly removed: string;
}

/**
 * What a machine client needs for a route, as API Gateway names it. A route that is not here is for people only; `null`: any scope
 * will do.
 */
export const SCOPE_OF_ROUTE: Readonly<Partial<Record<string, Scope | null>>> = {
  "GET /v1/me": null,
  "POST /v1/chat": "chat",
  "GET /v1/documents": "documents.read",
  "POST /v1/documents": "documents.write",
  "DELETE /v1/documents/{id}": "documents.write",
};

/** RFC 9457, `application/problem+json`. `type` is `urn:bulkhead:problem:<code>`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly requestId: string;
}

/**
 * What the broker takes and answers (Lambda invoke, JSON). `role`: whose credentials: the tenant's data role's (default), or, for an
 * admin's token alone, those that write the tenant's users.
 */
export interface BrokerRequest {
  readonly token: string;
  readonly role?: "data" | "members";
}

export interface BrokerGrant {
  readonly tenant: {
    readonly id: string;
    /** By its plan. */
    readonly budget: Budget;
  };
  readonly user: {
    readonly sub: string;
    readonly username: string;
    readonly issuer: string;
    readonly groups: readonly string[];
    /** A machine client's; absent: a person. */
    readonly scopes?: readonly string[];
  };
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
    /** ISO 8601 */
    readonly expiration: string;
  };
  /** ISO 8601. The token's `exp` or the credentials' expiration, whichever comes first: nobody uses a grant beyond it. */
  readonly expires: string;
}

export type BrokerResponse =
  | { readonly granted: true; readonly grant: BrokerGrant }
  | {
      readonly granted: false;
      readonly code: "invalid-request" | "invalid-token" | "tenant-not-active" | "forbidden" | "unavailable";
    };

/**
 * What the model is asked with (Converse, the last user message): passages numbered from 1, then the question; `&`, `<` and `>` of
 * their text are escaped. What tools find follows in their results in the same form, numbered on. The model marks what it uses with
 * `[n]`, and says {@link NO_ANSWER} and nothing else if no passage answers. Earlier turns of a conversation stand before the passages.
 *
 *     <conversation>
 *     <turn><question>…</question><answer>…</answer></turn>
 *     </conversation>
 *     <passages>
 *     <passage id="1">…</passage>
 *     </passages>
 *     <question>…</question>
 */
export const NO_ANSWER = "NO_ANSWER";
