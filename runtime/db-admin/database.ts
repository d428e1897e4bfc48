import type { RDSDataClient } from "@aws-sdk/client-rds-data";

import { CLAIMS_SCHEMA, claimsLogin } from "../contract/claims.ts";
import type { Ask, DatabasePlace } from "../shared/data-api.ts";
import { execute, inTransaction, onceAwake } from "../shared/data-api.ts";
import { UNBOUND } from "../shared/deadline.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import type { Wait } from "../shared/wait.ts";
import { waitFor } from "../shared/wait.ts";
import { within } from "./sql.ts";

/** The database as its administrator, who is no superuser and passes by no row-level security. */
export interface Database {
  /** One statement by itself. */
  readonly ask: Ask;
  /** Statements that all hold, or none. */
  transaction<T>(run: (ask: Ask) => Promise<T>): Promise<T>;
  /**
   * The same with nobody else in it: what defines something locks tables that all tenants share, in an order of its own, and two of them
   * would wait for each other. Waits without holding anything, because a statement that waits is ended after 45 s. Takes {@link TURNS} to
   * be there.
   */
  alone<T>(run: (ask: Ask) => Promise<T>): Promise<T>;
}

/**
 * Whose turn it is to change the database: who has locked this table, which nobody but the administrator may. An advisory lock would be
 * anybody's to take, and a tenant's login could hold up all others' administration by it.
 */
export const TURNS = within(CLAIMS_SCHEMA, "migrations");

export interface Patience {
  /** For a database that is paused, which takes about 15 s to resume. */
  readonly resume: Wait;
  /** For one's turn: each takes a second or so, and many tenants may be made at once. */
  readonly turn: Wait;
  /** Transactions of tenants' logins that are older are ended: what answers a question takes 20 s at most, and what it locks would wait. */
  readonly transactionSeconds: number;
}
const PATIENCE: Patience = {
  resume: { seconds: 120, everySeconds: 2 },
  turn: { seconds: 480, everySeconds: 0.2 },
  transactionSeconds: 30,
};

const OPTIONS = { abortSignal: UNBOUND, requestTimeout: DEPENDENCIES.administration.attemptMs };
/** PostgreSQL's code for a lock that another has, in the Data API's words. */
const LOCKED = /SQLState: 55P03/;

export function openDatabase(
  client: Pick<RDSDataClient, "send">,
  place: DatabasePlace,
  { resume, turn, transactionSeconds }: Patience = PATIENCE,
): Database {
  const ask: Ask = (statement) => onceAwake(resume, () => execute(client, place, statement, OPTIONS));
  const transaction = <T>(run: (ask: Ask) => Promise<T>): Promise<T> =>
    inTransaction(client, place, OPTIONS, resume, run);
  const endOld = () =>
    ask({
      sql: `SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity
        WHERE starts_with(usename::text, :prefix) AND xact_start < now() - make_interval(secs => :seconds)`,
      parameters: { prefix: claimsLogin(""), seconds: transactionSeconds },
    });
  return {
    ask,
    transaction,
    alone: async (run) => {
      await endOld();
      const { result } = await waitFor("a turn to change the database of claims", turn, async () => {
        try {
          return await transaction(async (ask) => {
            await ask({ sql: `LOCK TABLE ${TURNS} IN EXCLUSIVE MODE NOWAIT` });
            return { result: await run(ask) };
          });
        } catch (error) {
          if (error instanceof Error && LOCKED.test(error.message)) return "others are changing it";
          throw error;
        }
      });
      return result;
    },
  };
}
