import assert from "node:assert/strict";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { Statement } from "../../../policies/isolation/types.ts";
import { startTestGateway, type TestGateway } from "./support.ts";

const TABLE = "encrypted";
const ALLOW_ITEMS: Statement = { Effect: "Allow", Action: "dynamodb:*", Resource: "*" };
const allowKey = (condition: Record<string, string>): Statement => ({
  Effect: "Allow",
  Action: "kms:Decrypt",
  Resource: "*",
  Condition: { StringEquals: condition },
});
const VIA = { "kms:ViaService": "dynamodb.us-east-1.amazonaws.com" };
const OF_TABLE = { "kms:EncryptionContext:aws:dynamodb:tableName": TABLE };

/** A table under a customer's key: DynamoDB uses the key as the caller. */
describe("DynamoDB under a key", () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway((deployment) => {
      deployment.key("k1", "alias/platform", {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111122223333:root" },
        Action: "kms:Decrypt",
        Resource: "*",
      });
      deployment.role("reader", { policy: [ALLOW_ITEMS, allowKey({ ...VIA, ...OF_TABLE })] });
      deployment.role("keyless", { policy: [ALLOW_ITEMS] });
      deployment.role("elsewhere", {
        policy: [ALLOW_ITEMS, allowKey({ ...VIA, "kms:EncryptionContext:aws:dynamodb:tableName": "other" })],
      });
      deployment.role("bys3", {
        policy: [ALLOW_ITEMS, allowKey({ ...OF_TABLE, "kms:ViaService": "s3.us-east-1.amazonaws.com" })],
      });
      deployment.role("itemless", { policy: [allowKey(VIA)] });
    });
    await test.createTable(TABLE, "id");
    test.deployment.put("aws:dynamodb/table:Table", TABLE, {
      name: TABLE,
      hashKey: "id",
      attributes: [{ name: "id", type: "S" }],
      serverSideEncryption: { enabled: true, kmsKeyArn: "arn:aws:kms:us-east-1:111122223333:key/k1" },
    });
  });
  after(() => test.stop());

  const get = (role: string) =>
    new DynamoDBClient(test.as(role)).send(new GetItemCommand({ TableName: TABLE, Key: { id: { S: "1" } } }));
  const put = (role: string) =>
    new DynamoDBClient(test.as(role)).send(
      new PutItemCommand({ TableName: TABLE, Item: { id: { S: "1" } } }),
    );

  it("is read and written by who may use the key through DynamoDB for this table", async () => {
    await put("reader");
    assert.deepEqual((await get("reader")).Item, { id: { S: "1" } });
  });

  for (const role of ["keyless", "elsewhere", "bys3"]) {
    it(`refuses ${role}, naming what is missing`, async () => {
      for (const attempt of [get, put])
        await assert.rejects(attempt(role), {
          name: "AccessDeniedException",
          message: /not authorized to perform: kms:Decrypt/,
        });
    });
  }

  it("asks for the item first: who may not read it learns nothing of the key", async () => {
    await assert.rejects(get("itemless"), { message: /not authorized to perform: dynamodb:GetItem/ });
  });
});
