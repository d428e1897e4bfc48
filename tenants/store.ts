import type * as pulumi from "@pulumi/pulumi";
import type { RegistryItem } from "../runtime/contract/registry.ts";
import type { Shared } from "./shared.ts";

/** What a tenant's store is made from, in either tier. */
export interface StoreArgs {
  readonly id: string;
  readonly shared: Shared;
  readonly keyArn: pulumi.Input<string>;
  /** The bucket that is ingested; its policy and encryption are in force. */
  readonly bucket: pulumi.Input<string>;
  readonly bucketArn: pulumi.Input<string>;
  readonly ingestionRoleArn: pulumi.Input<string>;
}

/** Where a tenant's chunks are: silo and pool are two of these. */
export interface Store {
  /** The store's part of the registry item, known once it can be searched and ingested into. */
  readonly store: pulumi.Output<RegistryItem["store"]>;
}
