import type { ServerResponse } from "node:http";

import { answerHeaders } from "../shared/http.ts";

/** What a client that asked for a stream gets: one event each, `data` in JSON. */
export type AgentEvent = "text" | "restart" | "answer" | "problem";

export const EVENT_STREAM = "text/event-stream";

/** Whether a client asks for an event stream: by that type itself, whatever else it takes. */
export function wantsEvents(accept: string | undefined): boolean {
  return (accept ?? "").split(",").some((part) => part.split(";")[0]?.trim().toLowerCase() === EVENT_STREAM);
}

/**
 * An event stream, which begins with its first event: what fails before has a status of its own.
 *
 *     event: text
 *     data: {"text":"The deductible is $500 [1]."}
 */
export class EventStream {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  send(event: AgentEvent, data: object): void {
    if (!this.begun) this.#response.writeHead(200, answerHeaders(EVENT_STREAM));
    // JSON holds no line breaks of its own.
    this.#response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    this.#response.end();
  }
}
