/** The least gateway that a provider needs: an account, and DynamoDB and S3 as maps. */
import { Account } from "../../../../local/account/account.ts";
import { AwsError } from "../../../../local/gateway/contract.ts";
import type { Gateway, Reply, Session } from "../../../../local/gateway/contract.ts";

export interface MemoryGateway extends Gateway {
  /** Tables' items by their JSON key; objects by `bucket/key`. */
  readonly tables: Map<string, Map<string, unknown>>;
  readonly objects: Map<string, Buffer>;
  readonly invocations: { name: string; event: unknown }[];
  /** What functions answer. */
  answer: (event: unknown) => unknown;
}

type Call = Parameters<Gateway["call"]>[0];

export function memoryGateway(folder: string): MemoryGateway {
  const unused = (what: string) => () => {
    throw new Error(`the provider doesn't need ${what}`);
  };
  const gateway: MemoryGateway = {
    account: Account.open(folder),
    origin: "http://127.0.0.1:4566",
    databases: {
      masterPassword: (cluster) => `password of ${cluster}`,
      start: () => undefined,
      ready: () => Promise.resolve({ host: "/nowhere" }),
      pause: unused("pause"),
      isAwake: () => true,
      remove: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    tables: new Map(),
    objects: new Map(),
    invocations: [],
    answer: (event) => ({ seen: event }),
    authorize: unused("authorize"),
    decide: () => ({ allowed: true, reason: "allowed", detail: "a memory gateway allows everything" }),
    record: unused("record"),
    assumeAsService: (_service, roleArn, sessionName) => session(roleArn, sessionName),
    issueSession: (roleArn, sessionName) => session(roleArn, sessionName),
    invokeFunction: (name, event) => {
      gateway.invocations.push({ name, event });
      return Promise.resolve().then(() => gateway.answer(event));
    },
    invokeFunctionLater: unused("invokeFunctionLater"),
    call: (call) => Promise.resolve(call.service === "s3" ? s3(gateway, call) : dynamodb(gateway, call)),
  };
  return gateway;
}

function session(roleArn: string, name: string): Session {
  const principal = {
    kind: "role-session",
    account: "111122223333",
    roleArn,
    sessionArn: `${roleArn}/${name}`,
    tags: {},
  } as const;
  const expiresAt = Date.now() + 3_600_000;
  const secrets = { accessKeyId: "ASIA", secretAccessKey: "secret", sessionToken: "token" };
  return { ...secrets, expiresAt, principal, sessionPolicies: [], transitiveTagKeys: [] };
}

function dynamodb({ tables }: MemoryGateway, call: Call): Reply {
  const operation = call.headers?.["x-amz-target"]?.split(".")[1];
  const input = JSON.parse(call.body.toString()) as Record<string, Record<string, unknown>> & {
    TableName: string;
  };
  const fault = (code: string) => ({
    status: 400,
    body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: code }),
  });
  const table = tables.get(input.TableName);
  const key = JSON.stringify(input["Key"] ?? input["Item"]?.["id"] ?? "");
  if (operation === "CreateTable") {
    if (table) return fault("ResourceInUseException");
    tables.set(input.TableName, new Map());
  } else if (!table) return fault("ResourceNotFoundException");
  else if (operation === "DeleteTable") tables.delete(input.TableName);
  else if (operation === "PutItem") {
    const itemKey = JSON.stringify({ id: input["Item"]?.["id"] });
    if (input["ConditionExpression"] && table.has(itemKey)) return fault("ConditionalCheckFailedException");
    table.set(itemKey, input["Item"]);
  } else if (operation === "DeleteItem") table.delete(key);
  else throw new AwsError("UnknownOperationException", String(operation));
  return { status: 200, body: "{}" };
}

function s3({ objects }: MemoryGateway, call: Call): Reply {
  const path = decodeURIComponent(call.rawPath.slice(1));
  if (call.method === "PUT") objects.set(path, call.body);
  else if (call.method === "DELETE") objects.delete(path);
  else {
    const prefix = new URLSearchParams(call.rawQuery).get("prefix") ?? "";
    const keys = [...objects.keys()].filter((key) => key.startsWith(`${path}/${prefix}`));
    const entries = keys.map((key) => `<Version><Key>${key.slice(path.length + 1)}</Key></Version>`);
    return { status: 200, body: `<ListVersionsResult>${entries.join("")}</ListVersionsResult>` };
  }
  return { status: 200 };
}
