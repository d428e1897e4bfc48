import { AwsError } from "../../gateway/contract.ts";
import type { Behaviours, Draft } from "../behaviour.ts";
import { hex } from "../ids.ts";
import type { Operator } from "../operator.ts";
import { isObject, objects, text } from "../values.ts";
import type { Properties } from "../values.ts";

const TABLE = "aws:dynamodb/table:Table";

const key = (name: string, type: string) => ({ AttributeName: name, KeyType: type });

function keySchema(hashKey: string, rangeKey: string) {
  return [key(hashKey, "HASH"), ...(rangeKey === "" ? [] : [key(rangeKey, "RANGE")])];
}

function throughput(properties: Properties) {
  return {
    ReadCapacityUnits: properties["readCapacity"] ?? 1,
    WriteCapacityUnits: properties["writeCapacity"] ?? 1,
  };
}

function index(properties: Properties, hashKey: string, provisioned: boolean) {
  return {
    IndexName: text(properties, "name"),
    KeySchema: keySchema(hashKey, text(properties, "rangeKey")),
    Projection: {
      ProjectionType: text(properties, "projectionType"),
      ...(properties["nonKeyAttributes"] ? { NonKeyAttributes: properties["nonKeyAttributes"] } : {}),
    },
    ...(provisioned ? { ProvisionedThroughput: throughput(properties) } : {}),
  };
}

function tableRequest(inputs: Properties) {
  const provisioned = inputs["billingMode"] !== "PAY_PER_REQUEST";
  const global = objects(inputs, "globalSecondaryIndexes");
  const local = objects(inputs, "localSecondaryIndexes");
  return {
    TableName: text(inputs, "name"),
    BillingMode: text(inputs, "billingMode"),
    AttributeDefinitions: objects(inputs, "attributes").map((attribute) => ({
      AttributeName: text(attribute, "name"),
      AttributeType: text(attribute, "type"),
    })),
    KeySchema: keySchema(text(inputs, "hashKey"), text(inputs, "rangeKey")),
    ...(provisioned ? { ProvisionedThroughput: throughput(inputs) } : {}),
    ...(global.length === 0
      ? {}
      : { GlobalSecondaryIndexes: global.map((each) => index(each, text(each, "hashKey"), provisioned)) }),
    ...(local.length === 0
      ? {}
      : { LocalSecondaryIndexes: local.map((each) => index(each, text(inputs, "hashKey"), false)) }),
  };
}

const shape = (inputs: Properties): string =>
  JSON.stringify(["attributes", "globalSecondaryIndexes"].map((name) => inputs[name] ?? null));

async function applyTable(draft: Draft, operator: Operator): Promise<undefined> {
  const { before, inputs } = draft;
  if (before && shape(before.inputs) !== shape(inputs))
    throw new AwsError(
      "ValidationException",
      `${draft.id}: the embedded account can't change the indexes of a table that exists. Destroy the table first.`,
    );
  await operator.dynamodb("CreateTable", tableRequest(inputs)).catch((error: unknown) => {
    // An update, or a create that is run again: the table is there.
    if (!(error instanceof AwsError && error.code === "ResourceInUseException")) throw error;
  });
  return undefined;
}

/** The values of an item's keys, as DynamoDB writes them: `{"S": "acme"}`. */
function itemKeys(inputs: Properties): Record<string, unknown> {
  const item: unknown = JSON.parse(text(inputs, "item"));
  const names = [text(inputs, "hashKey"), text(inputs, "rangeKey")].filter((name) => name !== "");
  return Object.fromEntries(
    names.map((name) => {
      const value = isObject(item) ? item[name] : undefined;
      if (!isObject(value))
        throw new AwsError(
          "ValidationException",
          `The item lacks the key attribute ${name}: ${text(inputs, "item")}`,
        );
      return [name, value];
    }),
  );
}

const keyTexts = (inputs: Properties): string[] =>
  Object.values(itemKeys(inputs)).map((value) =>
    Object.values(value as Properties)
      .map(String)
      .join(),
  );

async function applyItem(draft: Draft, operator: Operator): Promise<Properties> {
  const { before, inputs } = draft;
  const TableName = text(inputs, "tableName");
  if (before && JSON.stringify(itemKeys(before.inputs)) !== JSON.stringify(itemKeys(inputs)))
    await operator.dynamodb("DeleteItem", { TableName, Key: itemKeys(before.inputs) });
  const hashKey = text(inputs, "hashKey");
  await operator.dynamodb("PutItem", {
    TableName,
    Item: JSON.parse(text(inputs, "item")) as unknown,
    // The provider doesn't take over an item that others have written.
    ...(before
      ? {}
      : {
          ConditionExpression: "attribute_not_exists(#hash)",
          ExpressionAttributeNames: { "#hash": hashKey },
        }),
  });
  const [hashKeyValue, rangeKeyValue] = keyTexts(inputs);
  return { hashKeyValue, rangeKeyValue };
}

function tableMustExist(draft: Draft): void {
  const name = text(draft.inputs, "tableName") || (text(draft.inputs, "resourceArn").split("/")[1] ?? "");
  if (!draft.account.resource(TABLE, name))
    throw new AwsError("ResourceNotFoundException", `Requested resource not found: Table: ${name} not found`);
}

export const dynamodb: Behaviours = {
  [TABLE]: {
    defaults: { billingMode: "PROVISIONED", tableClass: "STANDARD" },
    id: (inputs) => text(inputs, "name"),
    conflict: (inputs) =>
      new AwsError("ResourceInUseException", `Table already exists: ${text(inputs, "name")}`),
    apply: applyTable,
    remove: async (record, operator) => {
      await operator.dynamodb("DeleteTable", { TableName: record.id }).catch(ignoreMissing);
    },
  },
  "aws:dynamodb/tableItem:TableItem": {
    id: (inputs) => {
      const [hash = "", range = ""] = keyTexts(inputs);
      return [text(inputs, "tableName"), text(inputs, "hashKey"), hash, text(inputs, "rangeKey"), range].join(
        "|",
      );
    },
    conflict: (inputs) =>
      new AwsError(
        "ConditionalCheckFailedException",
        `The conditional request failed: an item with these keys exists in ${text(inputs, "tableName")}`,
      ),
    verify: tableMustExist,
    apply: applyItem,
    remove: async (record, operator) => {
      const Key = itemKeys(record.inputs);
      await operator
        .dynamodb("DeleteItem", { TableName: text(record.inputs, "tableName"), Key })
        .catch(ignoreMissing);
    },
  },
  "aws:dynamodb/resourcePolicy:ResourcePolicy": {
    id: (inputs) => text(inputs, "resourceArn"),
    verify: tableMustExist,
    volatile: ["revisionId"],
    outputs: ({ inputs }) => ({ revisionId: hex(text(inputs, "policy"), 32) }),
  },
};

function ignoreMissing(error: unknown): void {
  if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
}
