import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { accountNames, type Account } from "../runtime/contract/account-names.ts";
import { after } from "../tenants/after.ts";
import { EncryptedBucket } from "../tenants/bucket.ts";
import { stateBucketPolicy, stateKeyPolicy } from "./documents/state.ts";

export interface StateArgs {
  readonly account: Account;
  /** How long nobody deletes a version. */
  readonly lockDays: number;
}

/** Where Pulumi keeps what it knows of every environment: a versioned, locked bucket, and the key of it and of secrets. */
export class State extends pulumi.ComponentResource {
  readonly bucket: pulumi.Output<string>;

  constructor(name: string, { account, lockDays }: StateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:bootstrap:State", name, {}, opts);
    const names = accountNames(account);
    const key = new aws.kms.Key(
      `${name}-key`,
      {
        description: "Pulumi's state of all environments, and the secrets in it",
        policy: stateKeyPolicy(account),
        enableKeyRotation: true,
        deletionWindowInDays: 30,
      },
      { parent: this, protect: true },
    );
    const alias = new aws.kms.Alias(
      `${name}-key-alias`,
      { name: names.stateKeyAlias, targetKeyId: key.keyId },
      { parent: this },
    );
    const bucket = new EncryptedBucket(
      `${name}-files`,
      {
        bucket: names.stateBucket,
        keyArn: after(key.arn, alias),
        policy: stateBucketPolicy(account),
        tags: {},
        protect: true,
        // Each update of a stack is a version; a lock file of Pulumi's is deleted by a marker, which no lock forbids.
        lock: { days: lockDays, mode: "GOVERNANCE" },
      },
      { parent: this },
    );
    this.bucket = bucket.ready;
    this.registerOutputs({ bucket: this.bucket });
  }
}
