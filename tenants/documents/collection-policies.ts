import { platformNames, SILO_INDEX, tenantNames, type Place } from "../../runtime/contract/names.ts";

/** What each principal may do in one collection. Roles by exact ARN: additive, nobody else. */
interface CollectionAccess {
  readonly collection: string;
  readonly readers: readonly string[];
  readonly writers: readonly string[];
  readonly indexAdmins: readonly string[];
}

const READ = ["aoss:DescribeIndex", "aoss:ReadDocument"];
const WRITE = [...READ, "aoss:WriteDocument"];
const ADMINISTER = ["aoss:CreateIndex", "aoss:DescribeIndex", "aoss:UpdateIndex", "aoss:DeleteIndex"];

/** A data-access policy (a JSON array), for the one index that a collection has. */
export function collectionAccess({ collection, readers, writers, indexAdmins }: CollectionAccess): string {
  const rule = (principals: readonly string[], permissions: readonly string[]) => ({
    Rules: [
      { ResourceType: "index", Resource: [`index/${collection}/${SILO_INDEX}`], Permission: permissions },
    ],
    Principal: principals,
  });
  return JSON.stringify(
    [rule(readers, READ), rule(writers, WRITE), rule(indexAdmins, ADMINISTER)].filter(
      ({ Principal }) => Principal.length > 0,
    ),
  );
}

/** The tenant's collection: its data role reads, its knowledge base writes, the admin function makes the index. */
export function tenantCollectionAccess(place: Place, id: string): string {
  const names = tenantNames(place, id);
  return collectionAccess({
    collection: names.collection,
    readers: [names.dataRoleArn],
    writers: [names.knowledgeBaseRoleArn],
    indexAdmins: [platformNames(place).functionRoleArn("search-admin")],
  });
}

/** Never public: Bedrock reaches the collection as a service, the functions by VPC endpoint. */
export function collectionNetwork(collection: string, vpcEndpointIds: readonly string[]): string {
  return JSON.stringify([
    {
      Rules: [{ ResourceType: "collection", Resource: [`collection/${collection}`] }],
      AllowFromPublic: false,
      SourceServices: ["bedrock.amazonaws.com"],
      ...(vpcEndpointIds.length > 0 ? { SourceVPCEs: vpcEndpointIds } : {}),
    },
  ]);
}
