import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { TENANT_TAG, tenantNames } from "../runtime/contract/names.ts";
import { after } from "./after.ts";
import { dataRolePolicy, ingestRolePolicy, taggedSessionTrust } from "./documents/data-role.ts";
import { knowledgeBasePolicy, knowledgeBaseTrust } from "./documents/knowledge-base-role.ts";
import type { Shared } from "./shared.ts";

export interface AccessArgs {
  readonly id: string;
  readonly tier: "silo" | "pool";
  readonly shared: Shared;
}

/**
 * The tenant's roles, before everything else it owns: policies of keys and collections may name only roles that exist.
 * The data role is the broker's to assume and carries no tenant tag, so that an untagged session matches nothing. What
 * ingests has a role of its own: in a silo Bedrock's, which carries the tag itself because Bedrock passes none; in the
 * pool the ingest function's.
 */
export class Access extends pulumi.ComponentResource {
  readonly dataRoleArn: pulumi.Output<string>;
  /** Known once the role's policy is attached. */
  readonly ingestionRoleArn: pulumi.Output<string>;

  constructor(name: string, { id, tier, shared }: AccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:tenants:Access", name, {}, opts);
    const { place } = shared;
    const names = tenantNames(place, id);
    const inside = { parent: this };

    const dataRole = new aws.iam.Role(
      `${name}-data-role`,
      {
        name: names.dataRoleName,
        assumeRolePolicy: taggedSessionTrust(place, id, "broker"),
        permissionsBoundary: shared.tenantBoundaryArn,
        maxSessionDuration: 3600,
      },
      inside,
    );
    new aws.iam.RolePolicy(
      `${name}-data-policy`,
      {
        name: "data",
        role: dataRole.name,
        policy: dataRolePolicy(place, id, tier, shared),
      },
      inside,
    );
    const ingestion =
      tier === "silo"
        ? {
            suffix: "kb",
            name: names.knowledgeBaseRoleName,
            trust: knowledgeBaseTrust(place),
            policy: knowledgeBasePolicy(place, id, shared.embeddingModelId),
            tags: { [TENANT_TAG]: id },
          }
        : {
            suffix: "ingest",
            name: names.ingestRoleName,
            trust: taggedSessionTrust(place, id, "ingest"),
            policy: ingestRolePolicy(place, id, shared.embeddingModelId),
            tags: {},
          };
    const ingestionRole = new aws.iam.Role(
      `${name}-${ingestion.suffix}-role`,
      {
        name: ingestion.name,
        assumeRolePolicy: ingestion.trust,
        permissionsBoundary: shared.tenantBoundaryArn,
        tags: ingestion.tags,
      },
      inside,
    );
    const ingestionPolicy = new aws.iam.RolePolicy(
      `${name}-${ingestion.suffix}-policy`,
      { name: "ingest", role: ingestionRole.name, policy: ingestion.policy },
      inside,
    );
    this.dataRoleArn = dataRole.arn;
    this.ingestionRoleArn = after(ingestionRole.arn, ingestionPolicy);
    this.registerOutputs({ dataRoleArn: this.dataRoleArn, ingestionRoleArn: this.ingestionRoleArn });
  }
}
