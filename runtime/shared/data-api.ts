import type { RDSDataClient, SqlParameter } from "@aws-sdk/client-rds-data";
import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RollbackTransactionCommand,
} from "@aws-sdk/client-rds-data";

import type { CallOptions } from "./deadline.ts";
import type { Wait } from "./wait.ts";
import { waitFor } from "./wait.ts";

/** Which database, and as whom: the secret names a login. */
export interface DatabasePlace {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
}

/** One statement; values are parameters (`:name`) and never part of its text. */
export interface Statement {
  readonly sql: string;
  readonly parameters?: Readonly<Record<string, string | number | null>>;
}

/** Columns by name; numbers beyond 2^53 and decimals come as text. */
export type Row = Readonly<Record<string, unknown>>;

export type Ask = (statement: Statement) => Promise<readonly Row[]>;

/**
 * What passes by itself: a database that was paused resumes, and tells whoever asks meanwhile to ask again; one that was made or failed
 * over a moment ago has no writer yet. The SDK repeats the second for a second or so, and the first not at all.
 */
const PASSING = ["DatabaseResumingException", "DatabaseUnavailableException"];

/** Repeats a call that does nothing before the database is there. @throws NotInTime */
export async function onceAwake<T>(wait: Wait, call: () => Promise<T>): Promise<T> {
  const { answer } = await waitFor("database of claims", wait, async () => {
    try {
      return { answer: await call() };
    } catch (error) {
      if (error instanceof Error && PASSING.includes(error.name)) return `${error.name}: ${error.message}`;
      throw error;
    }
  });
  return answer;
}

/**
 * Runs statements in one transaction, which is committed if `run` resolves and rolled back otherwise.
 * @param wait for a database that is paused
 * @throws NotInTime if it still is then
 */
export async function inTransaction<T>(
  client: Pick<RDSDataClient, "send">,
  place: DatabasePlace,
  options: CallOptions,
  wait: Wait,
  run: (ask: Ask) => Promise<T>,
): Promise<T> {
  const { transactionId } = await onceAwake(wait, () =>
    client.send(new BeginTransactionCommand(place), options),
  );
  if (!transactionId) throw new Error("the Data API began no transaction");
  const { resourceArn, secretArn } = place;
  try {
    const result = await run((statement) => execute(client, place, statement, options, transactionId));
    await client.send(new CommitTransactionCommand({ resourceArn, secretArn, transactionId }), options);
    return result;
  } catch (error) {
    // What is left of it ends by itself after three minutes; the first error is the one that counts.
    await client
      .send(new RollbackTransactionCommand({ resourceArn, secretArn, transactionId }), options)
      .catch(() => undefined);
    throw error;
  }
}

/** Runs one statement, outside of a transaction unless one is named. */
export async function execute(
  client: Pick<RDSDataClient, "send">,
  place: DatabasePlace,
  { sql, parameters = {} }: Statement,
  options: CallOptions,
  transactionId?: string,
): Promise<readonly Row[]> {
  const { formattedRecords } = await client.send(
    new ExecuteStatementCommand({
      ...place,
      sql,
      parameters: Object.entries(parameters).map(([name, value]) => parameter(name, value)),
      formatRecordsAs: "JSON",
      ...(transactionId !== undefined && { transactionId }),
    }),
    options,
  );
  return JSON.parse(formattedRecords || "[]") as Row[];
}

function parameter(name: string, value: string | number | null): SqlParameter {
  if (value === null) return { name, value: { isNull: true } };
  return { name, value: typeof value === "string" ? { stringValue: value } : { longValue: value } };
}
