import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { accountNames, type Account } from "../runtime/contract/account-names.ts";
import { after } from "../tenants/after.ts";
import { SERVICE_ROLES } from "./documents/actions.ts";
import { apiLogsTrust } from "./documents/github.ts";

export interface AccountServicesArgs {
  readonly account: Account;
  /** What the account has already: `apigateway`, or a service-linked role's service. */
  readonly existing: readonly string[];
}

/** What services of AWS have once in an account: the roles that they act as. */
export class AccountServices extends pulumi.ComponentResource {
  constructor(
    name: string,
    { account, existing }: AccountServicesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("bulkhead:bootstrap:AccountServices", name, {}, opts);
    const names = accountNames(account);
    const inside = { parent: this };
    for (const service of SERVICE_ROLES.filter((each) => !existing.includes(each)))
      new aws.iam.ServiceLinkedRole(`${name}-${service}`, { awsServiceName: service }, inside);
    if (!existing.includes("apigateway")) {
      const role = new aws.iam.Role(
        `${name}-api-logs`,
        { name: names.apiLogsRoleName, assumeRolePolicy: apiLogsTrust() },
        inside,
      );
      const attached = new aws.iam.RolePolicyAttachment(
        `${name}-api-logs-policy`,
        { role: role.name, policyArn: names.apiLogsPolicyArn },
        inside,
      );
      new aws.apigateway.Account(`${name}-api`, { cloudwatchRoleArn: after(role.arn, attached) }, inside);
    }
    this.registerOutputs({});
  }
}
