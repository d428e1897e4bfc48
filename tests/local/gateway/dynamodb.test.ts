import assert from "node:assert/strict";
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { startGateway } from "../../../local/gateway/index.ts";
import type { Statement } from "../../../policies/isolation/types.ts";
import { clientOptions, document, startTestGateway, type TestGateway } from "./support.ts";

const TABLE = "registry";
const ARN = "arn:aws:dynamodb:us-east-1:111122223333:table/registry";

/** As the design's data roles: items of one's own partition. */
const OWN_PARTITION: Statement = {
  Effect: "Allow",
  Action: "dynamodb:*",
  Resource: [ARN, `${ARN}/index/*`],
  Condition: {
    "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant_id}"] },
    Null: { "dynamodb:LeadingKeys": "false" },
  },
};

describe("DynamoDB", () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway((deployment) => {
      deployment.role("data", { policy: [OWN_PARTITION] });
      deployment.role("admin", { policy: [{ Effect: "Allow", Action: "dynamodb:*", Resource: "*" }] });
      deployment.role("names", {
        policy: [
          {
            Effect: "Allow",
            Action: "dynamodb:GetItem",
            Resource: ARN,
            Condition: {
              "ForAllValues:StringEquals": { "dynamodb:Attributes": ["tenant_id", "record", "name"] },
            },
          },
        ],
      });
    });
    await test.createTable(TABLE, "tenant_id", "record");
    for (const tenant of ["acme", "beta"]) {
      await admin().send(
        new PutItemCommand({ TableName: TABLE, Item: { ...key(tenant), name: { S: tenant } } }),
      );
    }
  });
  after(() => test.stop());

  const admin = () => new DynamoDBClient(test.as("admin"));
  const acme = () => new DynamoDBClient(test.as("data", { tenant_id: "acme" }));
  const key = (tenant: string) => ({ tenant_id: { S: tenant }, record: { S: "tenant" } });
  const query = (input: Partial<QueryCommandInput>) => new QueryCommand({ TableName: TABLE, ...input });

  const byExpression = (tenant: string) =>
    query({
      KeyConditionExpression: "#t = :t AND begins_with(#r, :r)",
      ExpressionAttributeNames: { "#t": "tenant_id", "#r": "record" },
      ExpressionAttributeValues: { ":t": { S: tenant }, ":r": { S: "ten" } },
    });
  const swapped = (tenant: string) =>
    query({ KeyConditionExpression: "(:t = tenant_id)", ExpressionAttributeValues: { ":t": { S: tenant } } });
  const byConditions = (tenant: string) =>
    query({
      KeyConditions: { tenant_id: { ComparisonOperator: "EQ", AttributeValueList: [{ S: tenant }] } },
    });
  const filtered = (tenant: string) =>
    query({
      KeyConditionExpression: "tenant_id = :t",
      FilterExpression: "#n = :own",
      ExpressionAttributeNames: { "#n": "name" },
      ExpressionAttributeValues: { ":t": { S: tenant }, ":own": { S: "acme" } },
    });

  const operations: Record<string, (db: DynamoDBClient, tenant: string) => Promise<unknown>> = {
    GetItem: (db, tenant) => db.send(new GetItemCommand({ TableName: TABLE, Key: key(tenant) })),
    PutItem: (db, tenant) =>
      db.send(new PutItemCommand({ TableName: TABLE, Item: { ...key(tenant), name: { S: "x" } } })),
    UpdateItem: (db, tenant) =>
      db.send(
        new UpdateItemCommand({
          TableName: TABLE,
          Key: key(tenant),
          UpdateExpression: "SET tier = :p",
          ExpressionAttributeValues: { ":p": { S: "premium" } },
        }),
      ),
    DeleteItem: (db, tenant) =>
      db.send(new DeleteItemCommand({ TableName: TABLE, Key: { ...key(tenant), record: { S: "none" } } })),
    "Query by expression": (db, tenant) => db.send(byExpression(tenant)),
    "Query by expression, value first": (db, tenant) => db.send(swapped(tenant)),
    "Query by key conditions": (db, tenant) => db.send(byConditions(tenant)),
    "Query with a filter on one's own": (db, tenant) => db.send(filtered(tenant)),
    BatchGetItem: (db, tenant) =>
      db.send(
        new BatchGetItemCommand({
          RequestItems: { [TABLE]: { Keys: [key("acme"), ...(tenant === "acme" ? [] : [key(tenant)])] } },
        }),
      ),
    BatchWriteItem: (db, tenant) =>
      db.send(
        new BatchWriteItemCommand({
          RequestItems: {
            [TABLE]: [
              { PutRequest: { Item: { ...key("acme"), record: { S: "b" } } } },
              { DeleteRequest: { Key: { ...key(tenant), record: { S: "c" } } } },
            ],
          },
        }),
      ),
  };
  for (const [name, run] of Object.entries(operations)) {
    it(`${name}: one's own partition, and no other`, async () => {
      await run(acme(), "acme");
      await assert.rejects(run(acme(), "beta"), { name: "AccessDeniedException" });
      await assert.rejects(run(new DynamoDBClient(test.as("data")), "acme"), {
        name: "AccessDeniedException",
      });
    });
  }

  it("a scan has no partition: refused where policies name one", async () => {
    const scan = new ScanCommand({ TableName: TABLE });
    await assert.rejects(acme().send(scan), { name: "AccessDeniedException" });
    assert.ok((await admin().send(scan)).Count! >= 2);
  });

  it("a table's own policy denies, whatever the caller's says", async () => {
    const Resource = ARN;
    test.deployment.put("aws:dynamodb/resourcePolicy:ResourcePolicy", ARN, {
      resourceArn: ARN,
      policy: document({ Effect: "Deny", Principal: "*", Action: "dynamodb:Scan", Resource }),
    });
    await assert.rejects(admin().send(new ScanCommand({ TableName: TABLE })), {
      name: "AccessDeniedException",
      message: /explicit deny in a resource-based policy/,
    });
    test.gateway.account.deleteResource("aws:dynamodb/resourcePolicy:ResourcePolicy", ARN);
  });

  it("attributes are seen through placeholders", async () => {
    const names = new DynamoDBClient(test.as("names"));
    const get = (attribute: string) =>
      names.send(
        new GetItemCommand({
          TableName: TABLE,
          Key: key("acme"),
          ProjectionExpression: "#a.b",
          ExpressionAttributeNames: { "#a": attribute },
        }),
      );
    await get("name");
    await assert.rejects(get("secret"), { name: "AccessDeniedException" });
  });

  it("refuses what it does not serve, by name", async () => {
    await assert.rejects(admin().send(new TransactWriteItemsCommand({ TransactItems: [] })), {
      name: "UnknownOperationException",
      message: /TransactWriteItems/,
    });
    await assert.rejects(
      admin().send(
        new PutItemCommand({
          TableName: TABLE,
          Item: key("acme"),
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      ),
      { name: "ValidationException", message: /ReturnValuesOnConditionCheckFailure/ },
    );
    await assert.rejects(
      acme().send(
        query({ KeyConditionExpression: "tenant_id > :t", ExpressionAttributeValues: { ":t": { S: "a" } } }),
      ),
      { name: "ValidationException" },
    );
    await assert.rejects(admin().send(new GetItemCommand({ TableName: "nothing", Key: key("acme") })), {
      name: "ResourceNotFoundException",
    });
  });

  it("says which condition failed", async () => {
    await assert.rejects(
      admin().send(
        new PutItemCommand({
          TableName: TABLE,
          Item: key("acme"),
          ConditionExpression: "attribute_not_exists(tenant_id)",
        }),
      ),
      { name: "ConditionalCheckFailedException" },
    );
  });

  it("keeps items over a restart", async () => {
    const first = await startTestGateway((deployment) => {
      deployment.role("admin", { policy: [{ Effect: "Allow", Action: "dynamodb:*", Resource: "*" }] });
    });
    await first.createTable(TABLE, "tenant_id", "record");
    const options = first.as("admin");
    await new DynamoDBClient(options).send(new PutItemCommand({ TableName: TABLE, Item: key("acme") }));
    await first.gateway.close();
    const second = await startGateway({ folder: first.account.folder });
    try {
      // The session, too, is the one from before.
      const db = new DynamoDBClient({ ...clientOptions(second, "admin"), credentials: options.credentials });
      const { Item } = await db.send(new GetItemCommand({ TableName: TABLE, Key: key("acme") }));
      assert.deepEqual(Item, key("acme"));
    } finally {
      await second.close();
      first.account.remove();
    }
  });
});
