import { setTimeout as sleep } from "node:timers/promises";
import type {
  ChatResponse,
  DocumentEntry,
  ListDocumentsResponse,
  MeResponse,
  Problem,
  PutDocumentRequest,
  PutDocumentResponse,
} from "../runtime/contract/api.ts";

/** Requests at most, each after the wait that the API asks for. */
const ATTEMPTS = 4;

/** An answer of the API: its status, and its body if it was JSON. */
export interface Answer<Body> {
  readonly status: number;
  readonly body: Body | Problem;
}

export interface RequestParts {
  readonly method?: "DELETE" | "GET" | "POST" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The HTTP API as a user's program calls it. */
export class ApiClient {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** Asks again where the API says when to: something that it needs is throttled or away. */
  async request<Body>(path: string, parts: RequestParts = {}): Promise<Answer<Body>> {
    for (let attempt = 1; ; attempt++) {
      const { answer, retryAfter } = await this.#once<Body>(path, parts);
      if (answer.status !== 503 || retryAfter === null || attempt === ATTEMPTS) return answer;
      await sleep(Number(retryAfter) * 1000);
    }
  }

  async #once<Body>(
    path: string,
    parts: RequestParts,
  ): Promise<{ answer: Answer<Body>; retryAfter: string | null }> {
    const response = await fetch(this.#url + path, {
      method: parts.method ?? "GET",
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(parts.body === undefined ? {} : { "content-type": "application/json" }),
        ...parts.headers,
      },
      ...(parts.body === undefined ? {} : { body: JSON.stringify(parts.body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      body = { type: "about:blank", title: text.slice(0, 200), status: response.status, requestId: "" };
    }
    const answer = { status: response.status, body: body as Body | Problem };
    return { answer, retryAfter: response.headers.get("retry-after") };
  }

  me(query = ""): Promise<Answer<MeResponse>> {
    return this.request(`/v1/me${query}`);
  }

  async ask(question: string): Promise<ChatResponse> {
    return expectOk(await this.request<ChatResponse>("/v1/chat", { method: "POST", body: { question } }));
  }

  async putDocument(document: PutDocumentRequest): Promise<PutDocumentResponse> {
    return expectOk(
      await this.request<PutDocumentResponse>("/v1/documents", { method: "POST", body: document }),
    );
  }

  /** All documents that the caller may see, page after page. */
  async documents(): Promise<DocumentEntry[]> {
    const found: DocumentEntry[] = [];
    let next: string | undefined;
    do {
      const query = next === undefined ? "" : `?next=${encodeURIComponent(next)}`;
      const page = expectOk(await this.request<ListDocumentsResponse>(`/v1/documents${query}`));
      found.push(...page.documents);
      next = page.next;
    } while (next !== undefined);
    return found;
  }

  deleteDocument(name: string): Promise<Answer<unknown>> {
    return this.request(`/v1/documents/${encodeURIComponent(name)}`, { method: "DELETE" });
  }
}

function expectOk<Body>({ status, body }: Answer<Body>): Body {
  if (status >= 200 && status < 300) return body as Body;
  const problem = body as Partial<Problem> & { message?: string };
  throw new Error(
    `The API answered ${status}: ${problem.detail ?? problem.title ?? problem.message ?? "without a reason"}`,
  );
}
