/** Amazon DynamoDB: every table and item is decided on before the engine runs the request. */
import { join } from "node:path";
import type { NamedPolicy } from "../../../policies/isolation/types.ts";
import { LOCAL_ACCOUNT } from "../../account/identity.ts";
import { AwsError, type Call, type Gateway, type Reply, type Service } from "../contract.ts";
import { deployedPolicy } from "../principals.ts";
import { tagsOf } from "../roles.ts";
import { accessOf, tableArn, type TableAccess, tablesOf } from "./dynamodb-access.ts";
import { useKey } from "./kms.ts";
import { DynamoDbEngine, type Operation, OPERATIONS } from "./dynamodb-engine.ts";

const TABLE = "aws:dynamodb/table:Table";
/** Operations that touch no item. */
const OF_TABLES: readonly Operation[] = ["CreateTable", "DeleteTable", "DescribeTable"];

const TARGET = /^DynamoDB_20120810\.(\w+)$/;

export function createDynamoDbService(gateway: Gateway): Service {
  let engine: DynamoDbEngine | undefined;
  return {
    serves: (call) => call.service === "dynamodb",
    handle: (call) => {
      // Opened at the first call: an account without tables needs none.
      engine ??= new DynamoDbEngine(join(gateway.account.folder, "dynamodb"));
      return handle(gateway, engine, call);
    },
    close: async () => {
      await engine?.close();
    },
  };
}

async function handle(gateway: Gateway, engine: DynamoDbEngine, call: Call): Promise<Reply> {
  const operation = operationOf(call);
  const parsed = engine.parse(operation, bodyOf(call));
  for (const table of tablesOf(parsed)) {
    const schema = await engine.keySchema(table);
    authorize(gateway, call, operation, accessOf(operation, parsed, table, schema));
    if (!OF_TABLES.includes(operation)) useTableKey(gateway, call, table);
  }
  const result = await engine.run(operation, parsed);
  return {
    status: 200,
    headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": call.id },
    body: JSON.stringify(result),
  };
}

function authorize(gateway: Gateway, call: Call, operation: Operation, access: TableAccess): void {
  const { account } = gateway;
  const arn = tableArn(access.table);
  const record = account.find(TABLE, "name", access.table);
  const tags = record ? Object.entries(tagsOf(record)) : [];
  gateway.authorize(call, {
    action: `dynamodb:${operation}`,
    resource: access.resource,
    context: {
      ...access.context,
      ...Object.fromEntries(tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
    },
    resourcePolicies: account.inForce
      .resources("aws:dynamodb/resourcePolicy:ResourcePolicy")
      .filter((each) => each.outputs["resourceArn"] === arn)
      .map((each): NamedPolicy =>
        deployedPolicy(account, each, `resource policy of table ${access.table}`, each.outputs["policy"]),
      ),
  });
}

/** An encrypted table's own key is decrypted as the caller. Source: DynamoDB developer guide, "Encryption at rest: how it works". */
function useTableKey(gateway: Gateway, call: Call, table: string): void {
  const record = gateway.account.find(TABLE, "name", table);
  const encryption = record?.outputs["serverSideEncryption"] as { kmsKeyArn?: unknown } | undefined;
  if (typeof encryption?.kmsKeyArn !== "string") return;
  useKey(gateway, call, {
    action: "kms:Decrypt",
    key: encryption.kmsKeyArn,
    via: "dynamodb",
    encryptionContext: { "aws:dynamodb:tableName": table, "aws:dynamodb:subscriberId": LOCAL_ACCOUNT },
  });
}

function operationOf(call: Call): Operation {
  const name = TARGET.exec(call.headers["x-amz-target"] ?? "")?.[1] ?? "";
  const operation = OPERATIONS.find((each) => each === name);
  if (operation === undefined) {
    throw new AwsError(
      "UnknownOperationException",
      `The embedded account's DynamoDB does not serve '${name}'.`,
      400,
    );
  }
  return operation;
}

function bodyOf(call: Call): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(call.body.toString("utf8"));
    if (typeof body === "object" && body !== null && !Array.isArray(body))
      return body as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new AwsError("SerializationException", "The request's body is not a JSON object.", 400);
}
