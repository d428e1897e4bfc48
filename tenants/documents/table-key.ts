import { platformNames, type Place } from "../../runtime/contract/names.ts";
import { arns, type Statement } from "./policy.ts";

/**
 * The use of the platform's key that reading or writing a table takes: DynamoDB decrypts the table's key as its caller.
 * Source: "DynamoDB encryption at rest: how it works" and "usage notes" in the DynamoDB developer guide.
 * @param tables names
 */
export function useTableKey(place: Place, tables: readonly string[]): Statement {
  const arn = arns(place);
  return {
    Sid: "UseTableKey",
    Effect: "Allow",
    Action: "kms:Decrypt",
    Resource: arn.anyKey,
    Condition: {
      StringEquals: {
        "kms:ViaService": arn.viaDynamoDb,
        "kms:EncryptionContext:aws:dynamodb:tableName": tables,
      },
      "ForAnyValue:StringEquals": { "kms:ResourceAliases": platformNames(place).platformKeyAlias },
    },
  };
}
