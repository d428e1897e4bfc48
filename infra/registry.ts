import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { platformNames, type Place } from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import { membershipsTablePolicy, registryTablePolicy } from "./documents/table-policies.ts";

export interface RegistryArgs {
  readonly place: Place;
  readonly deploymentRoleArns: readonly string[];
  readonly protect: boolean;
}

/** The two tables that requests are routed by: what a tenant is, and which tenant a user belongs to. */
export class Registry extends pulumi.ComponentResource {
  /** Each known once the table's policy is in force. */
  readonly registryTable: pulumi.Output<string>;
  readonly membershipsTable: pulumi.Output<string>;

  constructor(name: string, args: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Registry", name, {}, opts);
    const names = platformNames(args.place);
    const table = (
      suffix: string,
      tableName: string,
      hashKey: string,
      rangeKey: string | undefined,
      policy: string,
    ) => {
      const keys = rangeKey === undefined ? [hashKey] : [hashKey, rangeKey];
      const made = new aws.dynamodb.Table(
        `${name}-${suffix}`,
        {
          name: tableName,
          billingMode: "PAY_PER_REQUEST",
          hashKey,
          ...(rangeKey === undefined ? {} : { rangeKey }),
          attributes: keys.map((key) => ({ name: key, type: "S" })),
          pointInTimeRecovery: { enabled: true },
          deletionProtectionEnabled: args.protect,
          serverSideEncryption: { enabled: true },
        },
        { parent: this, protect: args.protect, deleteBeforeReplace: true },
      );
      const guarded = new aws.dynamodb.ResourcePolicy(
        `${name}-${suffix}-policy`,
        { resourceArn: made.arn, policy },
        { parent: this },
      );
      return after(made.name, guarded);
    };
    this.registryTable = table(
      "tenants",
      names.registryTable,
      "tenant_id",
      "record",
      registryTablePolicy(args.place, args.deploymentRoleArns),
    );
    this.membershipsTable = table(
      "memberships",
      names.membershipsTable,
      "user",
      undefined,
      membershipsTablePolicy(args.place, args.deploymentRoleArns),
    );
    this.registerOutputs({ registryTable: this.registryTable, membershipsTable: this.membershipsTable });
  }
}
