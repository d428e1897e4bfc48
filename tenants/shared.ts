import type * as pulumi from "@pulumi/pulumi";
import type { Place } from "../runtime/contract/names.ts";

/** What every tenant uses of the platform. Plain values decide names; outputs are what AWS generates. */
export interface Shared {
  readonly place: Place;
  readonly deploymentRoleArns: readonly string[];
  readonly embeddingModelId: string;
  readonly embeddingDimensions: number;
  readonly chatModelId: string;
  readonly vpcEndpointIds: readonly string[];
  /** Refuse the deletion of what a tenant that is not offboarding can't lose. */
  readonly protectTenants: boolean;
  readonly registryTable: pulumi.Input<string>;
  readonly tenantBoundaryArn: pulumi.Input<string>;
  readonly collectionGroup: pulumi.Input<string>;
  readonly referenceKnowledgeBaseArn: pulumi.Input<string>;
  readonly searchAdminFunction: pulumi.Input<string>;
}
