/** A deployment with one kind of control taken away: what then succeeds was refused by it. */
import type { Account, ResourceRecord } from "../../../local/account/account.ts";

/** `identity`: roles' policies and boundaries allow everything. `resources`: no resource refuses anybody. */
export type Control = "identity" | "resources";

const ANYTHING = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Sid: "Anything", Effect: "Allow", Action: "*", Resource: "*" }],
});
const ANYBODY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Sid: "Anybody", Effect: "Allow", Principal: { AWS: "*" }, Action: "*", Resource: "*" }],
});
const TRUSTING = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "Anybody",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    },
  ],
});

type Change = (outputs: ResourceRecord["outputs"], account: Account) => Readonly<Record<string, unknown>>;

const CHANGES: Readonly<Record<Control, Readonly<Record<string, Change>>>> = {
  identity: {
    "aws:iam/rolePolicy:RolePolicy": () => ({ policy: ANYTHING }),
    "aws:iam/policy:Policy": () => ({ policy: ANYTHING }),
    "aws:iam/role:Role": () => ({ assumeRolePolicy: TRUSTING }),
  },
  resources: {
    "aws:s3/bucketPolicy:BucketPolicy": () => ({ policy: ANYBODY }),
    "aws:kms/key:Key": () => ({ policy: ANYBODY }),
    "aws:dynamodb/resourcePolicy:ResourcePolicy": () => ({ policy: ANYBODY }),
    "aws:opensearch/domainPolicy:DomainPolicy": () => ({ accessPolicies: ANYBODY }),
    "aws:opensearch/domain:Domain": (outputs) => ({
      advancedOptions: { "rest.action.multi.allow_explicit_index": "true" },
      advancedSecurityOptions: { ...(outputs["advancedSecurityOptions"] as object), enabled: false },
    }),
    "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy": (outputs, account) => ({
      policy: JSON.stringify([
        {
          Rules: [{ ResourceType: "index", Resource: ["index/*/*"], Permission: ["aoss:*"] }],
          Principal: account.resources("aws:iam/role:Role").map(({ outputs: role }) => role["arn"]),
        },
      ]),
      type: outputs["type"],
    }),
  },
};

/** Takes it away in the account. @returns what puts it back */
export function withoutControls(account: Account, control: Control): () => void {
  const before: ResourceRecord[] = [];
  for (const [type, change] of Object.entries(CHANGES[control]))
    for (const record of account.resources(type)) {
      before.push(record);
      account.putResource({ ...record, outputs: { ...record.outputs, ...change(record.outputs, account) } });
    }
  return () => {
    for (const record of before) account.putResource(record);
  };
}
