/** DynamoDB tables, their policies, and the items that the program writes. */
import type { Item, PlacedPolicy, Table } from "../account.ts";
import { type ModelResource, Unknown, type Value } from "../resource.ts";
import { policyOf } from "./policies.ts";
import { indexed } from "./storage.ts";
import type { Stack } from "./stack.ts";

const TABLE = "aws:dynamodb/table:Table";
const POLICY = "aws:dynamodb/resourcePolicy:ResourcePolicy";
const ITEM = "aws:dynamodb/tableItem:TableItem";

export const TABLE_TYPES = [TABLE, POLICY, ITEM];

export function readTables(stack: Stack): readonly Table[] {
  const { partition, region, account } = stack.where;
  const tables = stack.of(TABLE);
  const arnOf = (name: string): string => `arn:${partition}:dynamodb:${region}:${account}:table/${name}`;
  const byName = indexed(tables, "name");
  const byArn = new Map([...byName].map(([name, table]) => [arnOf(name), table]));
  const policies = new Map<string, PlacedPolicy>();
  for (const policy of stack.of(POLICY)) {
    const table = stack.onto(policy, "resourceArn", byArn, [TABLE], "table");
    if (table === undefined) continue;
    const document = policyOf(
      stack,
      policy,
      "policy",
      `resource policy of table ${stack.known(table, "name") ?? table.name}`,
    );
    if (document !== undefined) policies.set(table.urn, document);
  }
  const items = new Map<string, Item[]>();
  for (const item of stack.of(ITEM)) {
    const table = stack.onto(item, "tableName", byName, [TABLE], "table");
    if (table === undefined) continue;
    const read = itemOf(stack, item);
    if (read === undefined) continue;
    const listed = items.get(table.urn);
    if (listed) listed.push(read);
    else items.set(table.urn, [read]);
  }
  return tables.flatMap((table): Table[] => {
    const name = stack.text(table, "name");
    if (name === undefined) return [];
    return [
      {
        urn: table.urn,
        name,
        arn: arnOf(name),
        tags: stack.tags(table),
        policy: policies.get(table.urn),
        indexes: ["globalSecondaryIndexes", "localSecondaryIndexes"].flatMap((property) =>
          namesIn(table.props[property]),
        ),
        stream: table.props["streamEnabled"] === true,
        items: items.get(table.urn) ?? [],
      },
    ];
  });
}

/** Names in a list of objects that have one. One that is not known yet is an index all the same. */
function namesIn(value: Value | undefined): readonly string[] {
  if (value instanceof Unknown) return ["unknown"];
  return Array.isArray(value)
    ? (value as readonly Readonly<Record<string, Value>>[]).map(({ name }) =>
        typeof name === "string" ? name : "unknown",
      )
    : [];
}

/** An item's partition, which is whose it is. Before deployment an item holds what is not known: then its parent says whose. */
function itemOf(stack: Stack, item: ModelResource): Item | undefined {
  const owner = stack.owner(item);
  const text = stack.known(item, "item");
  const hashKey = stack.known(item, "hashKey") ?? "tenant_id";
  if (text === undefined)
    return owner === undefined ? undefined : { urn: item.urn, owner, partition: owner, attributes: {} };
  const attributes = JSON.parse(text) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const partition = attributes[hashKey]?.["S"];
  if (typeof partition !== "string") {
    stack.gap(item.urn, `the item has no text under ${hashKey}, its table's partition key`);
    return undefined;
  }
  // Items under another key say in an attribute which tenant they are about: who is a member of which.
  const tenant = hashKey === "tenant_id" ? partition : attributes["tenant_id"]?.["S"];
  if (owner !== undefined && tenant !== owner)
    stack.gap(item.urn, `is an item about ${JSON.stringify(tenant)}, and belongs to ${owner}`);
  return { urn: item.urn, owner, partition, attributes };
}
