/**
 * AWS Secrets Manager, as far as functions read and rotate secrets. Source: AWS Secrets Manager API reference, 2017-10-17; which key
 * is used for what: "Secret encryption and decryption in AWS Secrets Manager".
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Context } from "../../../policies/isolation/types.ts";
import type { ResourceRecord } from "../../account/account.ts";
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import { AwsError, type Call, type Gateway, type Service } from "../contract.ts";
import { deployedPolicy } from "../principals.ts";
import { tagsOf } from "../roles.ts";
import { jsonReply, operationOf, readInput } from "./json-rpc.ts";
import { useKey, type KeyUse } from "./kms.ts";
import { CURRENT, SecretsStore } from "./secrets-store.ts";

const POLICY_TYPE = "aws:secretsmanager/secretPolicy:SecretPolicy";

const SecretId = z.string().min(1).max(2048);
const Described = z.strictObject({ SecretId });
const Read = z.strictObject({
  SecretId,
  VersionId: z.string().optional(),
  VersionStage: z.string().optional(),
});
const Put = z.strictObject({
  SecretId,
  ClientRequestToken: z.string().optional(),
  SecretString: z.string().min(1).max(65_536),
  VersionStages: z.array(z.string()).optional(),
});
const Labelled = z.strictObject({
  SecretId,
  VersionStage: z.string(),
  RemoveFromVersionId: z.string().optional(),
  MoveToVersionId: z.string(),
});
const Random = z.strictObject({
  PasswordLength: z.number().int().min(1).max(4096).default(32),
  ExcludePunctuation: z.literal(true, "passwords with punctuation are not served"),
});

const tagContext = (secret: ResourceRecord): Context =>
  Object.fromEntries(
    Object.entries(tagsOf(secret)).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`secretsmanager:ResourceTag/${key}`, value],
    ]),
  );

export function createSecretsManagerService(gateway: Gateway): Service {
  const store = new SecretsStore(gateway.account);
  const open = (call: Call, operation: string, id: string): ResourceRecord => {
    const secret = store.find(id);
    const policies = gateway.account
      .resources(POLICY_TYPE)
      .filter(({ outputs }) => secret !== undefined && outputs["secretArn"] === secret.outputs["arn"])
      .map((policy) =>
        deployedPolicy(gateway.account, policy, `policy of secret ${id}`, policy.outputs["policy"]),
      );
    // Of a secret that is not there the ARN is not known: no policy of a caller can be meant.
    const known = secret?.outputs["arn"];
    const resource =
      typeof known === "string"
        ? known
        : `arn:${LOCAL_PARTITION}:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:${id}`;
    gateway.authorize(call, {
      action: `secretsmanager:${operation}`,
      resource,
      resourcePolicies: policies,
      ...(secret && { context: tagContext(secret) }),
    });
    if (!secret)
      throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    return secret;
  };
  const withKey = (call: Call, secret: ResourceRecord, action: KeyUse["action"]): void => {
    const key = secret.outputs["kmsKeyId"];
    if (typeof key !== "string" || key === "") return;
    const encryptionContext = { SecretARN: String(secret.outputs["arn"]) };
    useKey(gateway, call, { action, key, via: "secretsmanager", encryptionContext });
  };
  const naming = ({ outputs }: ResourceRecord): object => ({ ARN: outputs["arn"], Name: outputs["name"] });

  const operations = {
    DescribeSecret: (call: Call) => {
      const secret = open(call, "DescribeSecret", readInput(call, Described).SecretId);
      const { versions, changed } = store.read(secret);
      return {
        ...naming(secret),
        LastChangedDate: changed / 1000,
        VersionIdsToStages: Object.fromEntries(
          Object.entries(versions).flatMap(([id, { labels }]) => (labels.length > 0 ? [[id, labels]] : [])),
        ),
      };
    },
    GetSecretValue: (call: Call) => {
      const { SecretId: id, VersionId, VersionStage = CURRENT } = readInput(call, Read);
      const secret = open(call, "GetSecretValue", id);
      withKey(call, secret, "kms:Decrypt");
      const found = Object.entries(store.read(secret).versions).find(([versionId, { labels }]) =>
        VersionId === undefined ? labels.includes(VersionStage) : versionId === VersionId,
      );
      if (!found)
        throw new AwsError(
          "ResourceNotFoundException",
          `Secrets Manager can't find the specified secret value for ${VersionId === undefined ? `staging label: ${VersionStage}` : `VersionId: ${VersionId}`}`,
        );
      const [versionId, { value, labels, made }] = found;
      return {
        ...naming(secret),
        VersionId: versionId,
        SecretString: value,
        VersionStages: labels,
        CreatedDate: made / 1000,
      };
    },
    PutSecretValue: (call: Call) => {
      const input = readInput(call, Put);
      const secret = open(call, "PutSecretValue", input.SecretId);
      withKey(call, secret, "kms:GenerateDataKey");
      const VersionId = store.put(
        secret,
        input.SecretString,
        input.VersionStages ?? [],
        input.ClientRequestToken,
      );
      return { ...naming(secret), VersionId, VersionStages: store.read(secret).versions[VersionId]?.labels };
    },
    UpdateSecretVersionStage: (call: Call) => {
      const input = readInput(call, Labelled);
      const secret = open(call, "UpdateSecretVersionStage", input.SecretId);
      const { versions } = store.read(secret);
      const from = Object.entries(versions).find(([, { labels }]) =>
        labels.includes(input.VersionStage),
      )?.[0];
      if (from !== undefined && from !== input.RemoveFromVersionId && from !== input.MoveToVersionId)
        throw new AwsError(
          "InvalidParameterException",
          `The parameter RemoveFromVersionId can't be empty. Staging label ${input.VersionStage} is currently attached to version ${from}, so you must explicitly reference that version in RemoveFromVersionId.`,
        );
      if (!versions[input.MoveToVersionId])
        throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified version.");
      store.label(secret, input.VersionStage, input.MoveToVersionId);
      return naming(secret);
    },
    GetRandomPassword: (call: Call) => {
      const { PasswordLength } = readInput(call, Random);
      gateway.authorize(call, { action: "secretsmanager:GetRandomPassword", resource: "*" });
      const text = randomBytes(PasswordLength * 3)
        .toString("base64")
        .replaceAll(/[^A-Za-z0-9]/g, "");
      return { RandomPassword: text.slice(0, PasswordLength) };
    },
  };
  const names = Object.keys(operations) as (keyof typeof operations)[];
  return {
    serves: (call) => call.service === "secretsmanager",
    handle: (call) =>
      Promise.resolve(jsonReply(call, operations[operationOf(call, "secretsmanager.", names)](call))),
  };
}
