import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { PoolIndexInput, PoolRoleInput } from "../runtime/contract/admin-payloads.ts";
import { platformNames, tenantNames } from "../runtime/contract/names.ts";
import type { PoolStore } from "../runtime/contract/registry.ts";
import { after } from "./after.ts";
import type { Store, StoreArgs } from "./store.ts";

/**
 * The pool tier's store: an index behind an alias on the shared domain, and an OpenSearch role for each of the tenant's two
 * roles. No provider makes these, so the `search-admin` function does. The bucket's events drive ingestion.
 */
export class Pool extends pulumi.ComponentResource implements Store {
  readonly store: pulumi.Output<PoolStore>;

  constructor(name: string, args: StoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:tenants:Pool", name, {}, opts);
    const { id, shared } = args;
    const { pool } = shared;
    if (!pool) throw new Error(`Tenant ${id} is in the pool, and the platform has none`);
    const names = tenantNames(shared.place, id);
    const { domain } = platformNames(shared.place);

    const administered = (suffix: string, input: PoolIndexInput | PoolRoleInput): aws.lambda.Invocation =>
      new aws.lambda.Invocation(
        `${name}-${suffix}`,
        { functionName: shared.searchAdminFunction, input: JSON.stringify(input), lifecycleScope: "CRUD" },
        { parent: this },
      );
    const index = administered("index", {
      kind: "pool-index",
      name: names.poolIndex,
      body: {
        domain,
        alias: names.poolAlias,
        index: names.poolIndex,
        dimensions: shared.embeddingDimensions,
      },
      revision: "1",
    });
    const role = (access: "read" | "write", roleName: string, roleArn: string): aws.lambda.Invocation =>
      administered(`${access}-role`, {
        kind: "pool-role",
        name: roleName,
        body: { domain, role: roleName, access, tenant: id, alias: names.poolAlias, roleArn },
        revision: "1",
      });
    const reader = role("read", names.poolReaderRole, names.dataRoleArn);
    const writer = role("write", names.poolWriterRole, names.ingestRoleArn);
    const notification = new aws.s3.BucketNotification(
      `${name}-events`,
      {
        bucket: args.bucket,
        lambdaFunctions: [
          {
            lambdaFunctionArn: pool.ingestFunctionArn,
            events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
            filterPrefix: names.objectPrefix,
          },
        ],
      },
      // An event that comes before there is an index and a role to write it would be lost to the dead letters.
      { parent: this, dependsOn: [index, writer] },
    );
    this.store = after(pulumi.output(pool.endpoint), index, reader, writer, notification).apply(
      (endpoint): PoolStore => ({ kind: "pool", endpoint, index: names.poolAlias }),
    );
    this.registerOutputs({ store: this.store });
  }
}
