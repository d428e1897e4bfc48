/** Events of AgentCore memories: what actors said, by session, newest first. They outlive the process, and end with their memory's time. */
import type { Account } from "../../account/account.ts";

export const MEMORY = "aws:bedrock/agentcoreMemory:AgentcoreMemory";

export interface MemoryEvent {
  readonly memoryId: string;
  readonly actorId: string;
  readonly sessionId: string;
  /** Sorts by time: milliseconds, then what tells events of one millisecond apart. */
  readonly eventId: string;
  /** Seconds since the epoch. */
  readonly eventTimestamp: number;
  readonly payload: readonly unknown[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly clientToken?: string;
}

const DAY_SECONDS = 24 * 3600;

/** A memory's events. No id holds a space: a key can't be mistaken for another's. */
export function memoryEvents(account: Account, memoryId: string) {
  const table = account.table<MemoryEvent>("agentcore-events");
  const days = Number(account.resource(MEMORY, memoryId)?.outputs["eventExpiryDuration"] ?? 90);
  const keyOf = ({ actorId, sessionId, eventId }: Omit<MemoryEvent, "memoryId">): string =>
    `${memoryId} ${actorId} ${sessionId} ${eventId}`;
  const under = (...parts: readonly string[]): MemoryEvent[] => {
    const oldest = Date.now() / 1000 - days * DAY_SECONDS;
    return [...table.entries(`${[memoryId, ...parts].join(" ")} `)].flatMap(([key, event]) => {
      if (event.eventTimestamp >= oldest) return [event];
      table.delete(key);
      return [];
    });
  };
  return {
    of: (actorId: string, sessionId: string): MemoryEvent[] => under(actorId, sessionId).reverse(),
    sessionsOf: (actorId: string): string[] => [...new Set(under(actorId).map(({ sessionId }) => sessionId))],
    actors: (): string[] => [...new Set(under().map(({ actorId }) => actorId))],
    put: (event: MemoryEvent): void => {
      table.put(keyOf(event), event);
    },
    delete: (event: MemoryEvent): void => {
      table.delete(keyOf(event));
    },
    clear: (): void => {
      for (const event of under()) table.delete(keyOf(event));
    },
  };
}
