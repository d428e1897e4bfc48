import type * as pulumi from "@pulumi/pulumi";
import type { Place } from "../runtime/contract/names.ts";
import type { Plan } from "../runtime/contract/registry.ts";

/** What every tenant uses of the platform. Plain values decide names; outputs are what AWS generates. */
export interface Shared {
  readonly place: Place;
  readonly deploymentRoleArns: readonly string[];
  readonly embeddingModelId: string;
  readonly embeddingDimensions: number;
  readonly chatModelId: string;
  /** By which functions reach collections. */
  readonly vpcEndpointIds: pulumi.Input<readonly string[]>;
  /** Refuse the deletion of what a tenant that is not offboarding can't lose. */
  readonly protectTenants: boolean;
  readonly registryTable: pulumi.Input<string>;
  readonly tenantBoundaryArn: pulumi.Input<string>;
  readonly collectionGroup: pulumi.Input<string>;
  /** By plan; known once the stage is there whose requests they limit. */
  readonly usagePlanIds: Readonly<Record<Plan, pulumi.Input<string>>>;
  readonly searchAdminFunction: pulumi.Input<string>;
  readonly userPoolId: pulumi.Input<string>;
  readonly membershipsTable: pulumi.Input<string>;
  readonly userAdminFunction: pulumi.Input<string>;
  /** Addresses of the console, where sign-in pages send people back to. Empty: there is no such page. */
  readonly consoleUrls: readonly string[];
  /** The secret of the client that a tenant's OIDC provider knows the user pool by. @throws naming the setting if there is none */
  readonly clientSecretOf: (id: string) => pulumi.Output<string>;
  /** The database of claims, if there is one. */
  readonly claims: SharedClaims | undefined;
  /** What pool tenants share; there is none while no tenant is in the pool. */
  readonly pool: SharedPool | undefined;
}

export interface SharedClaims {
  /** The schema, at its version: tenants are made in it. */
  readonly schema: pulumi.Resource;
}

export interface SharedPool {
  /** The domain's `https://` address, known once its access policy is in force. */
  readonly endpoint: pulumi.Input<string>;
  /** The ingest function's ARN, known once S3 may invoke it. */
  readonly ingestFunctionArn: pulumi.Input<string>;
}
