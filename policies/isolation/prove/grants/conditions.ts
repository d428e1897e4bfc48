/** What a request has to say besides, that several grants ask for. */
import type { Where } from "../../model/account.ts";
import type { Request } from "../request.ts";
import type { Subject } from "../subject.ts";
import type { Only } from "./grant.ts";

/** The tables that somebody reads, whose key decrypts those alone. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  data: ["registry", "sessions", "budgets"],
  ingest: ["registry"],
  members: ["registry", "users"],
  "fn.authorizer": ["registry"],
  "fn.broker": ["registry"],
  "fn.pre-token": ["memberships", "users"],
  "fn.search-admin": ["registry"],
  "fn.user-admin": ["memberships", "users"],
};

export const tableKey = (
  _: Request,
  { environment, region }: Where,
  { kind }: Subject,
): Readonly<Record<string, Only>> => ({
  "kms:ViaService": [`dynamodb.${region}.amazonaws.com`],
  "kms:EncryptionContext:aws:dynamodb:tableName": (TABLES[kind] ?? []).map(
    (table) => `bulkhead-${environment}-${table}`,
  ),
});

/** The one secret, or the ones of a tenant, that a key is for. Who is not here makes secrets of several kinds. */
const SECRETS: Readonly<Record<string, (request: Request) => string>> = {
  data: ({ target }) => `claims/${target.owner ?? ""}/`,
  "fn.canary": () => "canary-",
  "fn.origin-secret": () => "origin-",
};

export const secretKey = (
  request: Request,
  { account, environment, partition, region }: Where,
  { kind }: Subject,
): Readonly<Record<string, Only>> => {
  const name = SECRETS[kind]?.(request);
  const secrets = `arn:${partition}:secretsmanager:${region}:${account}:secret:bulkhead/${environment}`;
  return {
    "kms:ViaService": [`secretsmanager.${region}.amazonaws.com`],
    ...(name === undefined ? {} : { "kms:EncryptionContext:SecretARN": { prefix: `${secrets}/${name}` } }),
  };
};

/** One item, or several of one partition. */
export const ITEM = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"].map(
  (name) => `dynamodb:${name}`,
);
