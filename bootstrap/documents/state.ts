import { accountNames, type Account } from "../../runtime/contract/account-names.ts";
import { arns } from "../../runtime/contract/names.ts";
import { onlyOverTls, policy } from "../../tenants/documents/policy.ts";

/** Pulumi's state is written over TLS, under its key, and by the account's own principals alone. */
export function stateBucketPolicy(account: Account): string {
  const { stateBucketArn } = accountNames(account);
  const all = [stateBucketArn, `${stateBucketArn}/*`];
  return policy(onlyOverTls(stateBucketArn), {
    Sid: "OnlyThisAccount",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: all,
    Condition: {
      StringNotEquals: { "aws:PrincipalAccount": account.account },
      Bool: { "aws:PrincipalIsAWSService": "false" },
    },
  });
}

/** The account's administrators manage the key; the deployment role uses it by its own policy. */
export function stateKeyPolicy(account: Account): string {
  const place = { ...account, environment: "*" };
  return policy({
    Sid: "ByPoliciesOfTheAccount",
    Effect: "Allow",
    Principal: { AWS: arns(place).root },
    Action: "kms:*",
    Resource: "*",
  });
}
