import * as pulumi from "@pulumi/pulumi";
import { SILO_INDEX, TENANT_TAG, tenantNames } from "../runtime/contract/names.ts";
import type { SiloStore } from "../runtime/contract/registry.ts";
import { tenantCollectionAccess } from "./documents/collection-policies.ts";
import { CollectionKnowledgeBase } from "./knowledge-base.ts";
import type { Store, StoreArgs } from "./store.ts";

/** The silo tier's store: a collection of the tenant's own, filled by a knowledge base of its own. */
export class Silo extends pulumi.ComponentResource implements Store {
  readonly store: pulumi.Output<SiloStore>;

  constructor(name: string, args: StoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:tenants:Silo", name, {}, opts);
    const { id, shared } = args;
    const names = tenantNames(shared.place, id);
    const knowledgeBase = new CollectionKnowledgeBase(
      name,
      {
        place: shared.place,
        collection: names.collection,
        knowledgeBase: names.knowledgeBase,
        dataSource: names.dataSource,
        accessPolicy: tenantCollectionAccess(shared.place, id),
        keyArn: args.keyArn,
        collectionGroup: shared.collectionGroup,
        vpcEndpointIds: shared.vpcEndpointIds,
        roleArn: args.ingestionRoleArn,
        bucketArn: args.bucketArn,
        prefix: names.objectPrefix,
        embeddingModelId: shared.embeddingModelId,
        embeddingDimensions: shared.embeddingDimensions,
        searchAdminFunction: shared.searchAdminFunction,
        tags: { [TENANT_TAG]: id },
      },
      { parent: this },
    );
    this.store = pulumi
      .all([knowledgeBase.endpoint, knowledgeBase.knowledgeBaseId, knowledgeBase.dataSourceId])
      .apply(([endpoint, knowledgeBaseId, dataSourceId]): SiloStore => ({
        kind: "silo",
        endpoint,
        index: SILO_INDEX,
        knowledgeBaseId,
        dataSourceId,
      }));
    this.registerOutputs({ store: this.store });
  }
}
