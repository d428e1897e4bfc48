/** A deployment with one kind of control taken away: what then succeeds was refused by it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Account, ResourceRecord } from "../../../local/account/account.ts";
import { LOCAL_ACCOUNT } from "../../../local/account/identity.ts";

/** `identity`: roles' policies and boundaries allow everything. `resources`: no resource refuses anybody. */
export type Control = "identity" | "resources";

const ANYTHING = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Sid: "Anything", Effect: "Allow", Action: "*", Resource: "*" }],
});
const NOTHING = JSON.stringify({ Version: "2012-10-17", Statement: [] });
/** A key's policy has to allow: this one leaves it to identity policies. */
const LEFT_TO_IDENTITY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Sid: "Account", Effect: "Allow", Principal: { AWS: LOCAL_ACCOUNT }, Action: "*", Resource: "*" },
  ],
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
    "aws:s3/bucketPolicy:BucketPolicy": () => ({ policy: NOTHING }),
    "aws:kms/key:Key": () => ({ policy: LEFT_TO_IDENTITY }),
    "aws:dynamodb/resourcePolicy:ResourcePolicy": () => ({ policy: NOTHING }),
    "aws:secretsmanager/secretPolicy:SecretPolicy": () => ({ policy: NOTHING }),
    "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy": () => ({ policy: NOTHING }),
    "aws:opensearch/domainPolicy:DomainPolicy": () => ({ accessPolicies: NOTHING }),
    "aws:opensearch/domain:Domain": (outputs) => ({
      advancedOptions: { "rest.action.multi.allow_explicit_index": "true" },
      advancedSecurityOptions: { ...(outputs["advancedSecurityOptions"] as object), enabled: false },
    }),
    "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy": ({ policy }, account) => ({
      policy: JSON.stringify(
        (JSON.parse(String(policy)) as { Rules: { ResourceType: string; Resource: string[] }[] }[]).map(
          ({ Rules }) => ({
            Rules: Rules.map((rule) => ({ ...rule, Permission: ["aoss:*"] })),
            Principal: account.resources("aws:iam/role:Role").map(({ outputs: role }) => role["arn"]),
          }),
        ),
      ),
    }),
  },
};

/** Takes it away in the account, and waits until that acts. @returns what puts it back */
export async function withoutControls(account: Account, control: Control): Promise<() => Promise<void>> {
  const before: ResourceRecord[] = [];
  for (const [type, change] of Object.entries(CHANGES[control]))
    for (const record of account.resources(type)) {
      before.push(record);
      account.putResource({ ...record, outputs: { ...record.outputs, ...change(record.outputs, account) } });
    }
  await sleep(account.inForce.pending());
  return async () => {
    for (const record of before) account.putResource(record);
    await sleep(account.inForce.pending());
  };
}
