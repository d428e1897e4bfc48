/**
 * Keys as other services use them on a caller's behalf. No byte is encrypted here: what counts is who may use which key,
 * decided by the deployed key policy (which must allow) and the caller's own policies.
 */
import type { Context } from "../../../policies/isolation/types.ts";
import type { Account, ResourceRecord } from "../../account/account.ts";
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import { AwsError, type Gateway } from "../contract.ts";
import { deployedPolicy } from "../principals.ts";
import { tagsOf } from "../roles.ts";
import type { Who } from "../authorize.ts";

export interface KeyUse {
  readonly action: "kms:Decrypt" | "kms:GenerateDataKey" | "kms:DescribeKey";
  /** A key's ARN or id, an alias or its ARN. */
  readonly key: string;
  /** The service that uses the key for the caller, as in `kms:ViaService`: `s3`, `secretsmanager`. */
  readonly via: string;
  readonly encryptionContext: Readonly<Record<string, string>>;
}

/**
 * Decides as the caller, with the keys that KMS knows of a call through a service.
 * @returns the key's ARN
 * @throws AwsError if the key is not there, not usable, or not the caller's to use
 */
export function useKey(gateway: Gateway, who: Who, use: KeyUse): string {
  const { account } = gateway;
  const record = findKey(account, use.key);
  if (record === undefined)
    throw new AwsError("KMS.NotFoundException", `The key '${use.key}' does not exist.`, 400);
  const arn = String(record.outputs["arn"]);
  gateway.authorize(who, {
    action: use.action,
    resource: arn,
    context: contextOf(account, record, use),
    resourcePolicies: [policyOf(account, record, arn)],
    resourcePolicyMode: "required",
  });
  // After the decision: a stranger does not learn a key's state.
  if (record.outputs["keyState"] === "PendingDeletion") {
    throw new AwsError("KMS.KMSInvalidStateException", `${arn} is pending deletion.`, 400);
  }
  if (record.outputs["isEnabled"] === false)
    throw new AwsError("KMS.DisabledException", `${arn} is disabled.`, 400);
  return arn;
}

function findKey(account: Account, name: string): ResourceRecord | undefined {
  const short = name
    .replace(`arn:${LOCAL_PARTITION}:kms:${LOCAL_REGION}:${LOCAL_ACCOUNT}:`, "")
    .replace(/^key\//, "");
  if (!short.startsWith("alias/")) return account.find("aws:kms/key:Key", "keyId", short);
  const alias = account.find("aws:kms/alias:Alias", "name", short);
  return alias && account.resources("aws:kms/key:Key").find((key) => targets(alias, key));
}

function targets(alias: ResourceRecord, key: ResourceRecord): boolean {
  const target = alias.outputs["targetKeyId"];
  return target === key.outputs["keyId"] || target === key.outputs["arn"];
}

function contextOf(account: Account, key: ResourceRecord, use: KeyUse): Context {
  const { encryptionContext } = use;
  return {
    // S3 and its like call KMS by forward access sessions: the caller's attributes stay, and this key says so.
    "aws:ViaAWSService": "true",
    "kms:ViaService": `${use.via}.${LOCAL_REGION}.amazonaws.com`,
    "kms:CallerAccount": LOCAL_ACCOUNT,
    "kms:EncryptionContextKeys": Object.keys(encryptionContext),
    ...prefixed("kms:EncryptionContext:", encryptionContext),
    "kms:ResourceAliases": account
      .resources("aws:kms/alias:Alias")
      .filter((alias) => targets(alias, key))
      .map((alias) => String(alias.outputs["name"])),
    ...prefixed("aws:ResourceTag/", tagsOf(key)),
  };
}

function policyOf(account: Account, key: ResourceRecord, arn: string) {
  const own = account
    .resources("aws:kms/keyPolicy:KeyPolicy")
    .find((each) => each.outputs["keyId"] === key.outputs["keyId"] || each.outputs["keyId"] === arn);
  const record = own ?? key;
  return deployedPolicy(account, record, `key policy of ${arn}`, record.outputs["policy"]);
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix}${key}`, value]));
}
