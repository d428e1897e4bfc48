/** What a request has to say besides, that several grants ask for. */
import type { Where } from "../../model/account.ts";
import type { Request } from "../request.ts";
import type { Only } from "./grant.ts";

export const tableKey = (_: Request, where: Where): Readonly<Record<string, Only>> => ({
  "kms:ViaService": [`dynamodb.${where.region}.amazonaws.com`],
  "kms:EncryptionContext:aws:dynamodb:tableName": { prefix: `bulkhead-${where.environment}-` },
});

export const secretKey = (_: Request, where: Where): Readonly<Record<string, Only>> => ({
  "kms:ViaService": [`secretsmanager.${where.region}.amazonaws.com`],
});

/** One item, or several of one partition. */
export const ITEM = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"].map(
  (name) => `dynamodb:${name}`,
);
