import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { join } from "node:path";
import { platformNames } from "../runtime/contract/names.ts";
import { formerly } from "./formerly.ts";
import { PlatformFunction, type FunctionDefaults } from "./platform-function.ts";
import { ReferenceCorpus } from "./reference-corpus.ts";
import type { Settings } from "./settings.ts";

export interface SearchArgs {
  readonly functions: FunctionDefaults;
  readonly settings: Settings;
  readonly registryTable: pulumi.Input<string>;
  /** By which functions reach collections. */
  readonly vpcEndpointIds: pulumi.Input<readonly string[]>;
  /** The project's folder. */
  readonly root: string;
}

/** What every collection shares (capacity, the function that administers indices), and the corpus that all tenants read. */
export class Search extends pulumi.ComponentResource {
  readonly collectionGroup: pulumi.Output<string>;
  readonly admin: PlatformFunction<"search-admin">;
  readonly reference: ReferenceCorpus;

  constructor(
    name: string,
    { functions, settings, registryTable, vpcEndpointIds, root }: SearchArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("bulkhead:infra:Search", name, {}, opts);
    const { place } = functions;
    const inside = { parent: this, aliases: formerly(opts?.parent) };
    const capacity = settings.collectionCapacity;
    const group = new aws.opensearch.ServerlessCollectionGroup(
      "collection-group",
      {
        name: platformNames(place).collectionGroup,
        standbyReplicas: settings.redundantCollections ? "ENABLED" : "DISABLED",
        // Knowledge bases are reported to fail on the next generation.
        generation: "CLASSIC",
        capacityLimits: [
          {
            minIndexingCapacityInOcu: 1,
            maxIndexingCapacityInOcu: capacity,
            minSearchCapacityInOcu: 1,
            maxSearchCapacityInOcu: capacity,
          },
        ],
      },
      // Two groups of one name can't be: `redundantCollections` changes what can't be changed in place.
      { ...inside, deleteBeforeReplace: true },
    );
    this.collectionGroup = group.name;
    this.admin = new PlatformFunction(
      {
        fn: "search-admin",
        defaults: functions,
        environment: {
          ENVIRONMENT: place.environment,
          REGISTRY_TABLE: registryTable,
          INDEX_SETTLE_SECONDS: String(settings.indexSettleSeconds),
        },
        timeout: 840, // Lambda's limit is 900
      },
      inside,
    );
    this.reference = new ReferenceCorpus(
      "reference",
      {
        place,
        deploymentRoleArns: settings.deploymentRoleArns,
        boundaryArn: functions.boundaryArn,
        embeddingModelId: settings.embeddingModelId,
        embeddingDimensions: settings.embeddingDimensions,
        collectionGroup: this.collectionGroup,
        vpcEndpointIds,
        searchAdminFunction: this.admin.functionName,
        folder: settings.referenceFolder === "" ? undefined : join(root, settings.referenceFolder),
        protect: settings.protectTenants,
      },
      inside,
    );
    this.registerOutputs({ collectionGroup: this.collectionGroup });
  }
}
