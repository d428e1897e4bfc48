import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { accountNames, type Account } from "../runtime/contract/account-names.ts";
import { deploymentBoundary, deploymentPolicies } from "./documents/deployment-policy.ts";
import { deploymentTrust, GITHUB_ISSUER } from "./documents/github.ts";

export interface DeployerArgs {
  readonly account: Account;
  readonly repository: string;
  /** Whether the account trusts GitHub's tokens already. */
  readonly providerExists: boolean;
}

/** The one role that deploys: CI's, by a token of its workflow. No access key exists that could be lost. */
export class Deployer extends pulumi.ComponentResource {
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: DeployerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:bootstrap:Deployer", name, {}, opts);
    const { account, repository } = args;
    const names = accountNames(account);
    const inside = { parent: this };
    const provider = args.providerExists
      ? undefined
      : new aws.iam.OpenIdConnectProvider(
          `${name}-github`,
          { url: `https://${GITHUB_ISSUER}`, clientIdLists: ["sts.amazonaws.com"] },
          inside,
        );
    const boundary = new aws.iam.Policy(
      `${name}-boundary`,
      { name: names.deploymentBoundaryName, policy: deploymentBoundary(account) },
      inside,
    );
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        name: names.deploymentRoleName,
        assumeRolePolicy: deploymentTrust(account, repository),
        permissionsBoundary: boundary.arn,
        maxSessionDuration: 2 * 3600,
      },
      { parent: this, dependsOn: provider ? [provider] : [] },
    );
    for (const [index, document] of deploymentPolicies(account).entries()) {
      const part = index + 1;
      const policy = new aws.iam.Policy(
        `${name}-policy-${part}`,
        { name: names.deploymentPolicyName(part), policy: document },
        inside,
      );
      new aws.iam.RolePolicyAttachment(
        `${name}-attachment-${part}`,
        { role: role.name, policyArn: policy.arn },
        inside,
      );
    }
    this.roleArn = role.arn;
    this.registerOutputs({ roleArn: this.roleArn });
  }
}
