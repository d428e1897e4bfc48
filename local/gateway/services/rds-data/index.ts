/**
 * The RDS Data API on a real PostgreSQL. Source: the API model of 2018-08-01, and the Aurora user guide, "Using the Amazon RDS Data API":
 * one statement a call, named parameters, no arrays, results of 1 MiB and rows of 64 KB at most.
 *
 * Who may connect as whom is decided as on AWS: by `rds-data:*` on the cluster, by `secretsmanager:GetSecretValue` and the use of the
 * secret's key, all as the caller; and then by the database, which knows the login that the secret names.
 */
import { z } from "zod";
import type { ResourceRecord } from "../../../account/account.ts";
import { CLUSTER_TYPE } from "../../../postgres/databases.ts";
import { AwsError, type Call, type Gateway, type Reply, type Service } from "../../contract.ts";
import { tagsOf } from "../../roles.ts";
import { notPerformed } from "../decided-only.ts";
import { readInput } from "../json-rpc.ts";
import { Connections, type Connection, type Login, type Outcome } from "./connections.ts";
import { bind, parameterSchema } from "./parameters.ts";
import { formatted, metadata, records } from "./results.ts";
import { Transactions } from "./transactions.ts";

const Arn = z.string().min(11).max(2048);
const Place = { resourceArn: Arn, secretArn: Arn };
const Begin = z.strictObject({ ...Place, database: z.string().max(64).optional() });
const End = z.strictObject({ ...Place, transactionId: z.string().max(192) });
const Batch = z.object({ ...Place, database: z.string().max(64).optional() });
const Execute = z.strictObject({
  ...Place,
  sql: z.string().max(65_536),
  database: z.string().max(64).optional(),
  parameters: z.array(parameterSchema).optional(),
  transactionId: z.string().max(192).optional(),
  includeResultMetadata: z.boolean().optional(),
  continueAfterTimeout: z.boolean().optional(),
  formatRecordsAs: z.enum(["JSON", "NONE"]).optional(),
  resultSetOptions: z
    .strictObject({
      decimalReturnType: z.literal("STRING").optional(),
      longReturnType: z.literal("LONG").optional(),
    })
    .optional(),
});

const secretSchema = z.object({ username: z.string().min(1), password: z.string().min(1) });

/** @param transactionIdleMs until a transaction that nobody uses ends @default AWS's 3 minutes */
export function createRdsDataService(gateway: Gateway, transactionIdleMs?: number): Service {
  const connections = new Connections();
  const transactions = new Transactions(connections, transactionIdleMs);

  /** The login that a call is for, if its caller may use it. */
  const loginFor = async (
    call: Call,
    operation: string,
    {
      resourceArn,
      secretArn,
      database,
    }: { resourceArn: string; secretArn: string; database?: string | undefined },
  ): Promise<Login> => {
    const cluster = gateway.account.find(CLUSTER_TYPE, "arn", resourceArn);
    gateway.authorize(call, {
      action: `rds-data:${operation}`,
      resource: resourceArn,
      context: prefixed(cluster),
    });
    if (!cluster)
      throw new AwsError("DatabaseNotFoundException", `DB cluster ${resourceArn} is not found`, 404);
    if (cluster.inputs["enableHttpEndpoint"] !== true)
      throw new AwsError("HttpEndpointNotEnabledException", `HttpEndpoint is not enabled for ${resourceArn}`);
    const secret = await readSecret(gateway, call, secretArn);
    if (!gateway.databases.isAwake(cluster.id))
      throw new AwsError(
        "DatabaseResumingException",
        "The Aurora DB instance is resuming after being auto-paused. Please wait a few seconds and try again.",
      );
    try {
      const { host } = await gateway.databases.ready(cluster.id);
      const own = cluster.inputs["databaseName"];
      const named = database ?? (typeof own === "string" && own !== "" ? own : "postgres");
      return { host, database: named, user: secret.username, password: secret.password };
    } catch (error) {
      throw new AwsError(
        "DatabaseUnavailableException",
        error instanceof Error ? error.message : String(error),
        504,
      );
    }
  };

  const operations = {
    "/BeginTransaction": async (call: Call) => {
      const input = read(call, Begin);
      return { transactionId: await transactions.begin(await loginFor(call, "BeginTransaction", input)) };
    },
    "/CommitTransaction": async (call: Call) => {
      const input = read(call, End);
      const login = await loginFor(call, "CommitTransaction", input);
      await transactions.end(input.transactionId, login, "COMMIT");
      return { transactionStatus: "Transaction Committed" };
    },
    "/RollbackTransaction": async (call: Call) => {
      const input = read(call, End);
      const login = await loginFor(call, "RollbackTransaction", input);
      await transactions.end(input.transactionId, login, "ROLLBACK");
      return { transactionStatus: "Rollback Complete" };
    },
    "/BatchExecute": async (call: Call) => {
      await loginFor(call, "BatchExecuteStatement", read(call, Batch));
      throw notPerformed("rds-data:BatchExecuteStatement");
    },
    "/Execute": async (call: Call) => {
      const input = read(call, Execute);
      const login = await loginFor(call, "ExecuteStatement", input);
      const bound = bind(input.sql, input.parameters ?? []);
      const run = (connection: Connection) => connection.run(bound, input.continueAfterTimeout);
      if (input.transactionId !== undefined)
        return answer(input, await transactions.use(input.transactionId, login, run));
      const connection = await connections.take(login);
      try {
        return answer(input, await run(connection));
      } finally {
        await connections.giveBack(login, connection);
      }
    },
  };
  return {
    serves: (call) => call.service === "rds-data",
    handle: async (call) => {
      const operation = Object.entries(operations).find(
        ([path]) => call.method === "POST" && call.rawPath === path,
      )?.[1];
      if (!operation)
        throw new AwsError(
          "UnknownOperationException",
          `The embedded account does not serve ${call.method} ${call.rawPath} of the Data API; it serves ${Object.keys(operations).join(", ")}.`,
          404,
        );
      return reply(await operation(call));
    },
    close: async () => {
      await transactions.close();
      await connections.close();
    },
  };
}

const prefixed = (cluster: ResourceRecord | undefined): Record<string, string> =>
  cluster
    ? Object.fromEntries(
        Object.entries(tagsOf(cluster)).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
      )
    : {};

/** User name and password, read as the caller. */
async function readSecret(
  gateway: Gateway,
  call: Call,
  secretArn: string,
): Promise<z.infer<typeof secretSchema>> {
  if (!call.session) throw new AwsError("AccessDeniedException", "The request is not signed.", 403);
  const { status, body = "" } = await gateway.call({
    id: call.id,
    service: "secretsmanager",
    method: "POST",
    rawPath: "/",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "secretsmanager.GetSecretValue",
    },
    body: Buffer.from(JSON.stringify({ SecretId: secretArn })),
    session: call.session,
  });
  const answered = JSON.parse(body.toString()) as {
    SecretString?: string;
    __type?: string;
    message?: string;
  };
  if (status === 403) throw new AwsError("AccessDeniedException", answered.message ?? "refused", 403);
  if (status !== 200)
    throw new AwsError("SecretsErrorException", `${answered.__type ?? ""}: ${answered.message ?? ""}`);
  try {
    return secretSchema.parse(JSON.parse(answered.SecretString ?? ""));
  } catch {
    throw new AwsError("InvalidSecretException", `The secret ${secretArn} holds no username and password.`);
  }
}

function answer(input: z.infer<typeof Execute>, { fields, rows, command, count }: Outcome): object {
  const updated = {
    numberOfRecordsUpdated: ["INSERT", "UPDATE", "DELETE", "MERGE"].includes(command) ? count : 0,
  };
  if (fields.length === 0) return { ...updated, generatedFields: [] };
  if (input.formatRecordsAs === "JSON") return { ...updated, formattedRecords: formatted(fields, rows) };
  return {
    ...updated,
    records: records(fields, rows),
    ...(input.includeResultMetadata === true && { columnMetadata: metadata(fields) }),
  };
}

const read = <Schema extends z.ZodType>(call: Call, schema: Schema): z.infer<Schema> =>
  readInput(call, schema, "ValidationException");

function reply(body: object): Reply {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
