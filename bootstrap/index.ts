import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { accountNames } from "../runtime/contract/account-names.ts";
import { told } from "../tenants/told.ts";
import { AccountServices } from "./account-services.ts";
import { Deployer } from "./deployer.ts";
import { readBootstrapSettings } from "./settings.ts";
import { State } from "./state.ts";

const settings = told(() => readBootstrapSettings(pulumi.runtime.allConfig()));
const { environments, existing, repository, stateLockDays } = settings;
const { accountId } = await aws.getCallerIdentity();
const { partition } = await aws.getPartition();
const account = { account: accountId, region: aws.config.requireRegion(), partition, environments };

const state = new State("state", { account, lockDays: stateLockDays });
new AccountServices("services", { account, existing });
const deployer = new Deployer("deployer", {
  account,
  repository,
  providerExists: existing.includes("github"),
});

/** For `pulumi login`. */
export const stateBackend = pulumi.interpolate`s3://${state.bucket}?region=${account.region}`;
/** For `pulumi stack init --secrets-provider`. */
export const secretsProvider = `awskms://${accountNames(account).stateKeyAlias}?region=${account.region}`;
/** For the workflow, and for `bulkhead:deploymentRoleArns`. */
export const deploymentRoleArn = deployer.roleArn;
