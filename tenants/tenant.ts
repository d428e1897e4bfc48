import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { arns, TENANT_TAG, tenantNames } from "../runtime/contract/names.ts";
import { Access } from "./access.ts";
import { after } from "./after.ts";
import { EncryptedBucket } from "./bucket.ts";
import { TenantClaims } from "./claims.ts";
import { bucketPolicy } from "./documents/bucket-policy.ts";
import { keyPolicy } from "./documents/key-policy.ts";
import { TenantIdentity } from "./identity.ts";
import { Pool } from "./pool.ts";
import { registryItem } from "./registry-item.ts";
import type { TenantSpec } from "./schema.ts";
import type { Shared } from "./shared.ts";
import { Silo } from "./silo.ts";
import type { Store } from "./store.ts";
import { Usage } from "./usage.ts";

export interface TenantArgs {
  readonly spec: TenantSpec;
  readonly shared: Shared;
}

/** Everything that one tenant owns: access, key, bucket, store, claims, who uses it, and the registry item that opens the door to it. */
export class Tenant extends pulumi.ComponentResource {
  readonly dataRoleArn: pulumi.Output<string>;
  readonly bucket: pulumi.Output<string>;
  /** App clients of the tenant's own, of machines and of its identity provider's people. */
  readonly clientIds: pulumi.Output<readonly string[]>;
  /** Machine clients by name. */
  readonly machines: TenantIdentity["machines"];

  constructor(name: string, { spec, shared }: TenantArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:tenants:Tenant", name, {}, opts);
    const { id, tier } = spec;
    const names = tenantNames(shared.place, id);
    const tags = { [TENANT_TAG]: id };
    const inside = { parent: this };
    const protect = shared.protectTenants && spec.status !== "offboarding";

    const access = new Access(name, { id, tier, shared }, inside);
    const key = new aws.kms.Key(
      `${name}-key`,
      {
        description: `Data of tenant ${id}`,
        policy: keyPolicy(shared.place, id, tier, shared.deploymentRoleArns, shared.claims !== undefined),
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        tags,
      },
      // KMS refuses a policy that names a role that does not exist.
      { parent: this, protect, dependsOn: [access] },
    );
    const alias = new aws.kms.Alias(
      `${name}-key-alias`,
      { name: names.keyAlias, targetKeyId: key.keyId },
      inside,
    );
    const bucket = new EncryptedBucket(
      `${name}-documents`,
      {
        bucket: names.bucket,
        keyArn: after(key.arn, alias),
        policy: bucketPolicy(shared.place, id, shared.deploymentRoleArns),
        tags,
        protect,
      },
      inside,
    );
    const storeArgs = {
      id,
      shared,
      keyArn: key.arn,
      bucket: bucket.ready,
      bucketArn: bucket.arn,
      ingestionRoleArn: access.ingestionRoleArn,
    };
    const { store }: Store =
      tier === "silo"
        ? new Silo(`${name}-silo`, storeArgs, inside)
        : new Pool(`${name}-pool`, storeArgs, inside);
    const profile = new aws.bedrock.InferenceProfile(
      `${name}-chat-profile`,
      {
        name: names.inferenceProfile,
        modelSource: { copyFrom: arns(shared.place).model(shared.chatModelId) },
        tags,
      },
      // A change of the model replaces it, and two of one name can't be.
      { parent: this, deleteBeforeReplace: true },
    );
    const { registered, machines } = new TenantIdentity(`${name}-identity`, { spec, shared }, inside);
    const usage = new Usage(
      `${name}-usage`,
      { place: shared.place, id, usagePlanId: shared.usagePlanIds[spec.plan] },
      inside,
    );
    const claims =
      shared.claims &&
      new TenantClaims(
        `${name}-claims`,
        { id, shared, claims: shared.claims, keyArn: after(key.arn, alias), protect },
        // Its policy is the data role's.
        { parent: this, dependsOn: [access] },
      );
    new aws.dynamodb.TableItem(
      `${name}-registry-item`,
      {
        tableName: shared.registryTable,
        hashKey: "tenant_id",
        rangeKey: "record",
        item: pulumi
          .all([store, bucket.ready, profile.arn, registered, usage.key, claims?.secretArn])
          .apply(([where, ready, arn, identity, usageKey, claimsSecret]) =>
            registryItem(spec, ready, where, arn, {
              ...identity,
              usage_key: usageKey,
              ...(claimsSecret !== undefined && { claims_secret: claimsSecret }),
            }),
          ),
      },
      { parent: this, protect },
    );

    this.clientIds = registered.apply(({ clients = [] }) => clients);
    this.machines = machines;
    this.dataRoleArn = access.dataRoleArn;
    this.bucket = bucket.ready;
    this.registerOutputs({ dataRoleArn: this.dataRoleArn, bucket: this.bucket });
  }
}
