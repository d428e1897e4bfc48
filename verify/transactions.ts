/** A transaction of another tenant's login, asked in by its id: a secret that should never be known, and opens nothing by itself. */
import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RDSDataClient,
  RollbackTransactionCommand,
} from "@aws-sdk/client-rds-data";
import { CLAIMS_DATABASE } from "../runtime/contract/claims.ts";
import { platformNames } from "../runtime/contract/names.ts";
import { askBroker } from "./callers.ts";
import type { Attempted } from "./outcome.ts";
import { registryItem, type Party, type Stage } from "./stage.ts";

const ABOUT = { group: "rds-data", layer: "resources", expected: "refused" } as const;
const SQL = "SELECT 1 AS probe";

/** Each way into the victim's transaction; that it goes on undisturbed is the control. Nothing where there is no database of claims. */
export async function runTransactions(stage: Stage): Promise<Attempted[]> {
  const { attacker, named } = stage;
  const victim = [...(named.other ?? []), ...(named.prefix ?? [])].find(
    ({ active, token }) => active && token !== undefined,
  );
  const own = await loginOf(stage, attacker);
  const theirs = victim && (await loginOf(stage, victim));
  if (!own || !theirs) return [];
  const { transactionId } = await theirs.client.send(
    new BeginTransactionCommand({ ...theirs.place, database: CLAIMS_DATABASE }),
  );
  const into = { ...own.place, transactionId };
  const attempts = {
    ExecuteStatement: () => own.client.send(new ExecuteStatementCommand({ ...into, sql: SQL })),
    CommitTransaction: () => own.client.send(new CommitTransactionCommand(into)),
    RollbackTransaction: () => own.client.send(new RollbackTransactionCommand(into)),
  };
  const tried: { readonly name: string; readonly by: string | undefined }[] = [];
  for (const [operation, attempt] of Object.entries(attempts))
    tried.push({
      name: `${attacker.id}, data: rds-data:${operation} in a transaction of ${victim.id}`,
      by: await refusalOf(attempt),
    });
  const control = await refusalOf(async () => {
    await theirs.client.send(new ExecuteStatementCommand({ ...theirs.place, transactionId, sql: SQL }));
    await theirs.client.send(new CommitTransactionCommand({ ...theirs.place, transactionId }));
  });
  const faults = control === undefined ? [] : [`its control did not work: ${control}`];
  return tried.map(({ name, by }) =>
    by === undefined
      ? { ...ABOUT, name, actual: "allowed", by: "", faults: ["was allowed", ...faults] }
      : { ...ABOUT, name, actual: "refused", by, faults },
  );
}

/** A tenant's way to the database, as its data credentials have it; undefined where it has none. */
async function loginOf({ target }: Stage, { id, token }: Party) {
  const secretArn = (await registryItem(target, id))?.claims_secret;
  if (secretArn === undefined || token === undefined) return undefined;
  const response = await askBroker(target, { token });
  if (!response.granted) throw new Error(`the broker refused ${id}: ${response.code}`);
  const { accessKeyId, secretAccessKey, sessionToken } = response.grant.credentials;
  return {
    client: new RDSDataClient({
      ...target.operator,
      credentials: { accessKeyId, secretAccessKey, sessionToken },
    }),
    place: { resourceArn: platformNames(target.place).claimsClusterArn, secretArn },
  };
}

/** What refused; undefined: nothing did. */
async function refusalOf(attempt: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    const { name, message, $fault } = error as Error & { $fault?: string };
    if ($fault !== "client") throw error;
    return `${name}: ${message}`;
  }
}
