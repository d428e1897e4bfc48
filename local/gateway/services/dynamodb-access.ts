/** What a parsed DynamoDB request touches: tables, partition keys, attributes. Source: service authorization reference, DynamoDB. */
import type { Context } from "../../../policies/isolation/types.ts";
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import { AwsError } from "../contract.ts";
import type { KeySchema, Operation, Parsed } from "./dynamodb-engine.ts";

/** One access to decide: a request that names several tables has one for each. */
export interface TableAccess {
  readonly table: string;
  /** The table's ARN, or its index's. */
  readonly resource: string;
  readonly context: Context;
}

type Value = Readonly<Record<string, unknown>>;
type Item = Readonly<Record<string, Value>>;

export function tableArn(table: string): string {
  return `arn:${LOCAL_PARTITION}:dynamodb:${LOCAL_REGION}:${LOCAL_ACCOUNT}:table/${table}`;
}

export function tablesOf(parsed: Parsed): string[] {
  const many = parsed["RequestItems"] as Readonly<Record<string, unknown>> | undefined;
  return many === undefined ? [String(parsed["TableName"])] : Object.keys(many);
}

/** @param schema of the table; undefined if there is none, in which case the engine refuses after the decision. */
export function accessOf(
  operation: Operation,
  parsed: Parsed,
  table: string,
  schema: KeySchema | undefined,
): TableAccess {
  const index = parsed["IndexName"] as string | undefined;
  const resource = index === undefined ? tableArn(table) : `${tableArn(table)}/index/${index}`;
  const items = schema === undefined ? [] : itemsOf(operation, parsed, table);
  const leading = schema === undefined ? [] : leadingKeys(operation, parsed, items, schema, index);
  const attributes = attributesOf(parsed, items);
  return {
    table,
    resource,
    context: {
      // An empty list is an absent key: a scan has no leading keys.
      ...(leading.length > 0 && { "dynamodb:LeadingKeys": leading }),
      ...(attributes.length > 0 && { "dynamodb:Attributes": attributes }),
      ...selectOf(operation, parsed, index),
      ...said(parsed, "ReturnValues"),
      ...said(parsed, "ReturnConsumedCapacity"),
    },
  };
}

/** The keys and items that a request names, item by item. */
function itemsOf(operation: Operation, parsed: Parsed, table: string): Item[] {
  const ofTable = (parsed["RequestItems"] as Readonly<Record<string, unknown>> | undefined)?.[table];
  switch (operation) {
    case "GetItem":
    case "UpdateItem":
    case "DeleteItem":
      return [parsed["Key"] as Item];
    case "PutItem":
      return [parsed["Item"] as Item];
    case "BatchGetItem":
      return (ofTable as { Keys: Item[] }).Keys;
    case "BatchWriteItem":
      return (ofTable as { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } }[]).map((each) => {
        const item = each.PutRequest?.Item ?? each.DeleteRequest?.Key;
        if (item === undefined) throw new AwsError("ValidationException", "A write request is empty.", 400);
        return item;
      });
    case "Query":
    case "Scan":
    case "CreateTable":
    case "DeleteTable":
    case "DescribeTable":
      return [];
  }
}

function leadingKeys(
  operation: Operation,
  parsed: Parsed,
  items: readonly Item[],
  schema: KeySchema,
  index: string | undefined,
): string[] {
  if (operation !== "Query") return unique(items.flatMap((item) => textOf(item[schema.hashKey])));
  // The engine has turned a key condition expression into this older form, and reads no other.
  const hashKey = index === undefined ? schema.hashKey : schema.indexHashKeys[index];
  const conditions = parsed["KeyConditions"] as Readonly<
    Record<string, { ComparisonOperator: string; AttributeValueList?: Value[] }>
  >;
  const condition = hashKey === undefined ? undefined : conditions[hashKey];
  if (condition?.ComparisonOperator !== "EQ" || condition.AttributeValueList?.length !== 1) {
    throw new AwsError(
      "ValidationException",
      "Query condition missed key schema element: the partition key",
      400,
    );
  }
  return condition.AttributeValueList.flatMap(textOf);
}

/** A key's value as a condition key holds it; of a value that can be no key, nothing. */
function textOf(value: Value | undefined): string[] {
  const text = value?.["S"] ?? value?.["N"] ?? value?.["B"];
  return typeof text === "string" ? [text] : [];
}

const PARSED_EXPRESSIONS = ["_projection", "_condition", "_filter", "_updates", "_keyCondition"];
const BY_NAME = ["Expected", "AttributeUpdates", "KeyConditions", "QueryFilter", "ScanFilter"];

/** Names of all attributes that a request mentions, top level only. */
function attributesOf(parsed: Parsed, items: readonly Item[]): string[] {
  const requests = Object.values((parsed["RequestItems"] as Record<string, Parsed> | undefined) ?? {});
  const names = items.flatMap((item) => Object.keys(item));
  for (const part of [parsed, ...requests]) {
    names.push(...((part["AttributesToGet"] as string[] | undefined) ?? []));
    for (const field of BY_NAME) names.push(...Object.keys((part[field] as object | undefined) ?? {}));
    for (const field of PARSED_EXPRESSIONS) collectPaths(part[field], names);
  }
  return unique(names);
}

/** In what the engine makes of an expression, a path is a list that starts with a name. */
function collectPaths(node: unknown, names: string[]): void {
  if (Array.isArray(node)) {
    if (typeof node[0] === "string") names.push(node[0]);
    else for (const each of node) collectPaths(each, names);
  } else if (typeof node === "object" && node !== null) {
    for (const each of Object.values(node)) collectPaths(each, names);
  }
}

function selectOf(operation: Operation, parsed: Parsed, index: string | undefined): Context {
  if (operation !== "Query" && operation !== "Scan") return {};
  const projected = parsed["ProjectionExpression"] !== undefined || parsed["AttributesToGet"] !== undefined;
  const byDefault = projected
    ? "SPECIFIC_ATTRIBUTES"
    : index === undefined
      ? "ALL_ATTRIBUTES"
      : "ALL_PROJECTED_ATTRIBUTES";
  return { "dynamodb:Select": byDefault, ...said(parsed, "Select") };
}

/** A parameter that has a condition key of its own name. */
function said(parsed: Parsed, name: string): Context {
  const value = parsed[name];
  return typeof value === "string" ? { [`dynamodb:${name}`]: value } : {};
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
