import { accountNames, type Account } from "../../runtime/contract/account-names.ts";
import { policy } from "../../tenants/documents/policy.ts";

/** GitHub's issuer of workflow tokens, without its scheme, as IAM names its claims. */
export const GITHUB_ISSUER = "token.actions.githubusercontent.com";
const AUDIENCE = "sts.amazonaws.com";

/**
 * Jobs of one repository that run in one of these GitHub environments become the deployment role: each subject in full, since
 * a pattern of subjects would let another branch or a fork's pull request in.
 */
export function deploymentTrust(account: Account, repository: string): string {
  return policy({
    Sid: "Workflow",
    Effect: "Allow",
    Principal: { Federated: accountNames(account).githubProviderArn },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: {
        [`${GITHUB_ISSUER}:aud`]: AUDIENCE,
        [`${GITHUB_ISSUER}:sub`]: account.environments.map(
          (environment) => `repo:${repository}:environment:${environment}`,
        ),
      },
    },
  });
}

/** API Gateway writes access logs as this role. It says of no account or API that it writes for one: no condition can be put. */
export function apiLogsTrust(): string {
  return policy({
    Sid: "ApiGateway",
    Effect: "Allow",
    Principal: { Service: "apigateway.amazonaws.com" },
    Action: "sts:AssumeRole",
  });
}
