import { randomUUID } from "node:crypto";
import { OPERATOR } from "../../account/identity.ts";
import { AwsError } from "../../gateway/contract.ts";
import { readPolicy } from "../../gateway/policy-text.ts";
import type { Behaviours, Draft } from "../behaviour.ts";
import { uuid } from "../ids.ts";
import { policyFault } from "../policies/grammar.ts";
import { KINDS } from "../policies/kinds.ts";
import { findKey, missingPrincipal } from "../references.ts";
import { text } from "../values.ts";

/** The policy that KMS gives a key whose creator names none: IAM policies of the account decide. */
const defaultPolicy = (partition: string, account: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Id: "key-default-1",
    Statement: [
      {
        Sid: "Enable IAM User Permissions",
        Effect: "Allow",
        Principal: { AWS: `arn:${partition}:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  });

const DAY = 86_400_000;

/** KMS refuses a policy that would lock its own sender out, unless told not to look. */
function verifyKey(draft: Draft): void {
  const { gateway, id, inputs, place } = draft;
  const policy = text(inputs, "policy");
  const kind = KINDS.key;
  if (policy === "" || inputs["bypassPolicyLockoutSafetyCheck"] === true) return;
  // Other faults come first, and are told by what checks all policies.
  if (policyFault(kind, policy) ?? missingPrincipal(draft, policy)) return;
  const { principal } = gateway.issueSession(OPERATOR, "pulumi");
  const decision = gateway.decide(
    { principal, id: randomUUID() },
    {
      action: "kms:PutKeyPolicy",
      resource: `arn:${place.partition}:kms:${place.region}:${place.account}:key/${id}`,
      resourcePolicies: [readPolicy(`key policy of ${id}`, policy)],
      resourcePolicyMode: "required",
    },
  );
  if (!decision.allowed)
    throw new AwsError(
      kind.code,
      "The new key policy will not allow you to update the key policy in the future.",
    );
}

export const kms: Behaviours = {
  "aws:kms/key:Key": {
    defaults: {
      keyUsage: "ENCRYPT_DECRYPT",
      customerMasterKeySpec: "SYMMETRIC_DEFAULT",
      isEnabled: true,
      enableKeyRotation: false,
      multiRegion: false,
    },
    id: (_inputs, seed) => uuid(seed),
    verify: verifyKey,
    outputs: ({ id, inputs, place }) => ({
      keyId: id,
      keyState: inputs["isEnabled"] === false ? "Disabled" : "Enabled",
      policy: inputs["policy"] ?? defaultPolicy(place.partition, place.account),
    }),
    // KMS keeps a key until its waiting period has passed: unusable at once, gone later.
    remains: (record) => {
      const days = Number(record.inputs["deletionWindowInDays"] ?? 30);
      return { keyState: "PendingDeletion", deletionDate: new Date(Date.now() + days * DAY).toISOString() };
    },
  },
  "aws:kms/alias:Alias": {
    id: (inputs) => text(inputs, "name"),
    conflict: (inputs) =>
      new AwsError("AlreadyExistsException", `An alias with the name ${text(inputs, "name")} already exists`),
    verify: ({ account, inputs }) => {
      const key = text(inputs, "targetKeyId");
      if (!findKey(account, key))
        throw new AwsError("NotFoundException", `Key '${key}' does not exist or is pending deletion`);
    },
    outputs: ({ account, inputs }) => {
      const key = findKey(account, text(inputs, "targetKeyId"));
      return { targetKeyArn: key?.outputs["arn"], targetKeyId: key?.id };
    },
  },
};
