import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { platformNames, type Place } from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import { platformKeyPolicy } from "./documents/platform-key.ts";

export interface PlatformKeyArgs {
  readonly place: Place;
  readonly deploymentRoleArns: readonly string[];
  /** Roles that may read the audit's files; they exist before the key does. */
  readonly auditReaderArns: pulumi.Input<readonly string[]>;
  readonly protect: boolean;
}

/** The key of what the platform keeps: logs, audit, alarms, tables, shared stores. Tenants' objects are under their own keys. */
export class PlatformKey extends pulumi.ComponentResource {
  /** Known once the key has its alias. */
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: PlatformKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:PlatformKey", name, {}, opts);
    const key = new aws.kms.Key(
      `${name}-key`,
      {
        description: `Logs, audit, tables and shared stores of bulkhead ${args.place.environment}`,
        policy: pulumi
          .output(args.auditReaderArns)
          .apply((readers) => platformKeyPolicy(args.place, args.deploymentRoleArns, readers)),
        enableKeyRotation: true,
        deletionWindowInDays: 30,
      },
      { parent: this, protect: args.protect },
    );
    const alias = new aws.kms.Alias(
      `${name}-alias`,
      { name: platformNames(args.place).platformKeyAlias, targetKeyId: key.keyId },
      { parent: this },
    );
    this.arn = after(key.arn, alias);
    this.registerOutputs({ arn: this.arn });
  }
}
