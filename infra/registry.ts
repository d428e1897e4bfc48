import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { platformNames, type Place } from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import {
  budgetsTablePolicy,
  ledgerTablePolicy,
  membershipsTablePolicy,
  registryTablePolicy,
  sessionsTablePolicy,
  usersTablePolicy,
} from "./documents/table-policies.ts";

export interface RegistryArgs {
  readonly place: Place;
  readonly deploymentRoleArns: readonly string[];
  /** The key that the tables are under. */
  readonly keyArn: pulumi.Input<string>;
  readonly protect: boolean;
}

/**
 * The tables that the platform keeps: what a tenant is, which tenant an account belongs to and who uses each tenant, by which
 * requests are routed;
 * every id that was ever a tenant's; whose each session of the agent is; what each tenant has asked.
 */
export class Registry extends pulumi.ComponentResource {
  /** Each known once the table's policy is in force. */
  readonly registryTable: pulumi.Output<string>;
  readonly membershipsTable: pulumi.Output<string>;
  readonly usersTable: pulumi.Output<string>;
  readonly ledgerTable: pulumi.Output<string>;
  readonly sessionsTable: pulumi.Output<string>;
  readonly budgetsTable: pulumi.Output<string>;

  constructor(name: string, args: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Registry", name, {}, opts);
    const names = platformNames(args.place);
    const table = ({ suffix, tableName, hashKey, rangeKey, expiry, policy }: TableSpec) => {
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
          serverSideEncryption: { enabled: true, kmsKeyArn: args.keyArn },
          ...(expiry === undefined ? {} : { ttl: { enabled: true, attributeName: expiry } }),
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
    const { deploymentRoleArns, place } = args;
    this.registryTable = table({
      suffix: "tenants",
      tableName: names.registryTable,
      hashKey: "tenant_id",
      rangeKey: "record",
      policy: registryTablePolicy(place, deploymentRoleArns),
    });
    this.membershipsTable = table({
      suffix: "memberships",
      tableName: names.membershipsTable,
      hashKey: "user",
      policy: membershipsTablePolicy(place, deploymentRoleArns),
    });
    this.usersTable = table({
      suffix: "users",
      tableName: names.usersTable,
      hashKey: "tenant_id",
      rangeKey: "id",
      policy: usersTablePolicy(place, deploymentRoleArns),
    });
    this.ledgerTable = table({
      suffix: "ledger",
      tableName: names.ledgerTable,
      hashKey: "tenant_id",
      policy: ledgerTablePolicy(place, deploymentRoleArns),
    });
    this.sessionsTable = table({
      suffix: "sessions",
      tableName: names.sessionsTable,
      hashKey: "tenant_id",
      rangeKey: "session",
      expiry: "expires_at",
      policy: sessionsTablePolicy(place),
    });
    this.budgetsTable = table({
      suffix: "budgets",
      tableName: names.budgetsTable,
      hashKey: "tenant_id",
      rangeKey: "month",
      expiry: "expires_at",
      policy: budgetsTablePolicy(place),
    });
    this.registerOutputs({
      registryTable: this.registryTable,
      membershipsTable: this.membershipsTable,
      usersTable: this.usersTable,
      ledgerTable: this.ledgerTable,
      sessionsTable: this.sessionsTable,
      budgetsTable: this.budgetsTable,
    });
  }
}

interface TableSpec {
  readonly suffix: string;
  readonly tableName: string;
  readonly hashKey: string;
  readonly rangeKey?: string;
  /** The attribute that says when an item may go, in seconds since the epoch. */
  readonly expiry?: string;
  readonly policy: string;
}
