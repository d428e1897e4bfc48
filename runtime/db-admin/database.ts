import type { RDSDataClient } from "@aws-sdk/client-rds-data";

import type { Ask, DatabasePlace } from "../shared/data-api.ts";
import { execute, inTransaction, onceAwake } from "../shared/data-api.ts";
import { UNBOUND } from "../shared/deadline.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import type { Wait } from "../shared/wait.ts";
import { waitFor } from "../shared/wait.ts";

/** The database as its administrator, who is no superuser and passes by no row-level security. */
export interface Database {
  /** One statement by itself. */
  readonly ask: Ask;
  /** Statements that all hold, or none. */
  transaction<T>(run: (ask: Ask) => Promise<T>): Promise<T>;
  /**
   * The same with nobody else in it: what defines something locks tables that all tenants share, in an order of its own, and two of them
   * would wait for each other. Waits without holding anything, because a statement that waits is ended after 45 s.
   */
  alone<T>(run: (ask: Ask) => Promise<T>): Promise<T>;
}

const OPTIONS = { abortSignal: UNBOUND, requestTimeout: DEPENDENCIES.administration.attemptMs };
/** A paused database takes about 15 s to resume. */
const RESUME: Wait = { seconds: 120, everySeconds: 2 };
/** Each takes a second or so; many tenants may be made at once. */
const TURN: Wait = { seconds: 480, everySeconds: 0.2 };

export function openDatabase(
  client: Pick<RDSDataClient, "send">,
  place: DatabasePlace,
  wait: Wait = RESUME,
): Database {
  const transaction = <T>(run: (ask: Ask) => Promise<T>): Promise<T> =>
    inTransaction(client, place, OPTIONS, wait, run);
  return {
    ask: (statement) => onceAwake(wait, () => execute(client, place, statement, OPTIONS)),
    transaction,
    alone: async (run) => {
      const { result } = await waitFor("a turn to change the database of claims", TURN, () =>
        transaction(async (ask) => {
          const [turn] = await ask({ sql: "SELECT pg_try_advisory_xact_lock(hashtext('bulkhead')) AS mine" });
          return turn?.["mine"] === true ? { result: await run(ask) } : "others are changing it";
        }),
      );
      return result;
    },
  };
}
