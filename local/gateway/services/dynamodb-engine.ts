/**
 * dynalite, the engine behind the tables, reached through its parts and not by its HTTP server: an open port would let anyone
 * on this machine by the policies. Its own validation parses a request, and what it parsed is what gets authorized and run, so
 * that no second parser can read a key condition differently.
 */
import { createRequire } from "node:module";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../../account/identity.ts";
import { AwsError } from "../contract.ts";

export const OPERATIONS = [
  "GetItem",
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "Query",
  "Scan",
  "BatchGetItem",
  "BatchWriteItem",
  "CreateTable",
  "DeleteTable",
  "DescribeTable",
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** A request after the engine's validation; keys that start with `_` are what it made of the expressions. */
export type Parsed = Readonly<Record<string, unknown>>;

export interface KeySchema {
  readonly hashKey: string;
  /** Of the secondary indexes, by name. */
  readonly indexHashKeys: Readonly<Record<string, string>>;
}

interface KeyElement {
  readonly AttributeName: string;
  readonly KeyType: "HASH" | "RANGE";
}

interface Table {
  readonly TableStatus: string;
  readonly KeySchema: readonly KeyElement[];
  readonly GlobalSecondaryIndexes?: readonly { IndexName: string; KeySchema: readonly KeyElement[] }[];
  readonly LocalSecondaryIndexes?: readonly { IndexName: string; KeySchema: readonly KeyElement[] }[];
}

type Callback<Value> = (error: EngineError | null, value?: Value) => void;

interface EngineError extends Error {
  readonly statusCode?: number;
  readonly body?: { readonly __type?: string; readonly message?: string; readonly Message?: string };
}

interface Store {
  readonly tableDb: { awsAccountId: string; awsRegion: string };
  readonly lifecycleManager: { gracefulClose(callback: Callback<undefined>): void };
  getTable(name: string, checkStatus: boolean, callback: Callback<Table>): void;
}

interface Rules {
  readonly types: Readonly<Record<string, unknown>>;
  readonly custom?: unknown;
}

interface Validations {
  checkTypes(data: unknown, types: unknown): Record<string, unknown>;
  checkValidations(data: unknown, types: unknown, custom: unknown, store: Store): void;
  toLowerFirst(text: string): string;
}

const require = createRequire(import.meta.url);
const validations = require("dynalite/validations") as Validations;
const { create } = require("dynalite/db") as { create: (options: Record<string, unknown>) => Store };

const POLL_MS = 2;

export class DynamoDbEngine {
  readonly #store: Store;

  /** @param path a folder for LevelDB's files */
  constructor(path: string) {
    this.#store = create({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    this.#store.tableDb.awsAccountId = LOCAL_ACCOUNT;
    this.#store.tableDb.awsRegion = LOCAL_REGION;
  }

  /** @throws AwsError naming an argument that the engine does not know, or that is malformed. */
  parse(operation: Operation, input: Readonly<Record<string, unknown>>): Parsed {
    const rules = require(`dynalite/validations/${validations.toLowerFirst(operation)}`) as Rules;
    const stranger = Object.keys(input).find((name) => !Object.hasOwn(rules.types, name));
    if (stranger !== undefined) {
      throw new AwsError(
        "ValidationException",
        `The embedded account's ${operation} does not serve '${stranger}'.`,
        400,
      );
    }
    try {
      const data = validations.checkTypes({ ...input }, rules.types);
      validations.checkValidations(data, rules.types, rules.custom, this.#store);
      return data;
    } catch (error) {
      // The engine's checks take for granted that a value which may be of any type is an object.
      if (error instanceof TypeError)
        throw new AwsError(
          "SerializationException",
          "A value of the request has a type that it can't have.",
          400,
        );
      throw toAwsError(error as EngineError);
    }
  }

  /** Runs what {@link parse} returned. */
  async run(operation: Operation, parsed: Parsed): Promise<unknown> {
    const action = require(`dynalite/actions/${validations.toLowerFirst(operation)}`) as (
      store: Store,
      data: Parsed,
      callback: Callback<unknown>,
    ) => void;
    const result = await promised<unknown>((done) => {
      action(this.#store, parsed, done);
    });
    if (operation === "CreateTable" || operation === "DeleteTable")
      await this.#settled(String(parsed["TableName"]));
    return result;
  }

  /** Undefined for a table that is not there. */
  async keySchema(table: string): Promise<KeySchema | undefined> {
    const found = await this.#table(table);
    if (found === undefined) return undefined;
    const indexes = [...(found.GlobalSecondaryIndexes ?? []), ...(found.LocalSecondaryIndexes ?? [])];
    return {
      hashKey: hashOf(found.KeySchema),
      indexHashKeys: Object.fromEntries(indexes.map((each) => [each.IndexName, hashOf(each.KeySchema)])),
    };
  }

  async close(): Promise<void> {
    await promised<undefined>((done) => {
      this.#store.lifecycleManager.gracefulClose(done);
    });
  }

  async #settled(table: string): Promise<void> {
    for (;;) {
      const status = (await this.#table(table))?.TableStatus;
      if (status !== "CREATING" && status !== "DELETING") return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async #table(name: string): Promise<Table | undefined> {
    try {
      return await promised<Table>((done) => {
        this.#store.getTable(name, false, done);
      });
    } catch (error) {
      if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }
}

function hashOf(schema: readonly KeyElement[]): string {
  return schema.find((each) => each.KeyType === "HASH")?.AttributeName ?? "";
}

function promised<Value>(start: (done: Callback<Value>) => void): Promise<Value> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error) reject(toAwsError(error));
      else resolve(value as Value);
    });
  });
}

/** The engine's refusals carry DynamoDB's own code and message; anything else is a fault. */
function toAwsError(error: EngineError): Error {
  if (error.statusCode === undefined || error.body === undefined) return error;
  const code = error.body.__type ?? "";
  const message = error.body.message ?? error.body.Message ?? "";
  return new AwsError(code.slice(code.lastIndexOf("#") + 1), message, error.statusCode);
}
