import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { TENANT_TAG, tenantNames } from "../runtime/contract/names.ts";
import { after } from "./after.ts";
import { dataRolePolicy, dataRoleTrust, referencePolicy } from "./documents/data-role.ts";
import { knowledgeBasePolicy, knowledgeBaseTrust } from "./documents/knowledge-base-role.ts";
import type { Shared } from "./shared.ts";

export interface AccessArgs {
  readonly id: string;
  readonly shared: Shared;
}

/**
 * The tenant's roles, before everything else it owns: policies of keys and collections may name only roles that exist.
 * The data role is the broker's to assume and carries no tenant tag, so that an untagged session matches nothing;
 * Bedrock passes no tags, so the knowledge base's role carries the tag itself.
 */
export class Access extends pulumi.ComponentResource {
  readonly dataRoleArn: pulumi.Output<string>;
  /** Known once the role's policy is attached. */
  readonly knowledgeBaseRoleArn: pulumi.Output<string>;

  constructor(name: string, { id, shared }: AccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:tenants:Access", name, {}, opts);
    const { place } = shared;
    const names = tenantNames(place, id);
    const inside = { parent: this };

    const dataRole = new aws.iam.Role(
      `${name}-data-role`,
      {
        name: names.dataRoleName,
        assumeRolePolicy: dataRoleTrust(place, id),
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
        policy: dataRolePolicy(place, id, [shared.embeddingModelId, shared.chatModelId]),
      },
      inside,
    );
    new aws.iam.RolePolicy(
      `${name}-reference-policy`,
      {
        name: "reference",
        role: dataRole.name,
        policy: pulumi.output(shared.referenceKnowledgeBaseArn).apply((arn) => referencePolicy(id, arn)),
      },
      inside,
    );
    const knowledgeBaseRole = new aws.iam.Role(
      `${name}-kb-role`,
      {
        name: names.knowledgeBaseRoleName,
        assumeRolePolicy: knowledgeBaseTrust(place),
        permissionsBoundary: shared.tenantBoundaryArn,
        tags: { [TENANT_TAG]: id },
      },
      inside,
    );
    const knowledgeBaseRolePolicy = new aws.iam.RolePolicy(
      `${name}-kb-policy`,
      {
        name: "ingest",
        role: knowledgeBaseRole.name,
        policy: knowledgeBasePolicy(place, id, shared.embeddingModelId),
      },
      inside,
    );
    this.dataRoleArn = dataRole.arn;
    this.knowledgeBaseRoleArn = after(knowledgeBaseRole.arn, knowledgeBaseRolePolicy);
    this.registerOutputs({ dataRoleArn: this.dataRoleArn, knowledgeBaseRoleArn: this.knowledgeBaseRoleArn });
  }
}
