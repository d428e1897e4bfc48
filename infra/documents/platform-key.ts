import { platformNames, type Place } from "../../runtime/contract/names.ts";
import { keyAdministration } from "../../tenants/documents/key-policy.ts";
import { arns, policy, type Statement } from "../../tenants/documents/policy.ts";

/** The platform's key encrypts logs, audit and alarms: for the services that write them, each for this environment alone. */
export function platformKeyPolicy(
  place: Place,
  deploymentRoleArns: readonly string[],
  auditReaderArns: readonly string[],
): string {
  const names = platformNames(place);
  return policy(
    ...keyAdministration(place, deploymentRoleArns),
    {
      Sid: "LogGroups",
      Effect: "Allow",
      Principal: { Service: `logs.${place.region}.amazonaws.com` },
      Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
      Resource: "*",
      Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": names.logGroupArns } },
    },
    {
      Sid: "Trail",
      Effect: "Allow",
      Principal: { Service: "cloudtrail.amazonaws.com" },
      Action: ["kms:DescribeKey", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": place.account, "aws:SourceArn": names.trailArn } },
    },
    {
      // What publishes to the encrypted topic of alarms.
      Sid: "Alarms",
      Effect: "Allow",
      Principal: { Service: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": place.account } },
    },
    ...(auditReaderArns.length === 0 ? [] : [readAudit(place, auditReaderArns)]),
  );
}

function readAudit(place: Place, readers: readonly string[]): Statement {
  return {
    Sid: "ReadAudit",
    Effect: "Allow",
    Principal: { AWS: readers },
    Action: "kms:Decrypt",
    Resource: "*",
    Condition: {
      StringEquals: {
        "kms:ViaService": arns(place).viaS3,
        "kms:EncryptionContext:aws:cloudtrail:arn": platformNames(place).trailArn,
      },
    },
  };
}
