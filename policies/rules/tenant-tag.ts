import { componentOf, tagOf } from "../support/owner.ts";
import { rule } from "../support/rule.ts";

/** What a tenant may own that AWS tags; roles are for `tenant-role-tags`. */
const TAGGED = [
  "aws:apigateway/apiKey:ApiKey",
  "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase",
  "aws:bedrock/inferenceProfile:InferenceProfile",
  "aws:cloudwatch/logGroup:LogGroup",
  "aws:dynamodb/table:Table",
  "aws:kms/key:Key",
  "aws:lambda/function:Function",
  "aws:opensearch/domain:Domain",
  "aws:opensearch/serverlessCollection:ServerlessCollection",
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketV2:BucketV2",
  "aws:secretsmanager/secret:Secret",
  "aws:sns/topic:Topic",
  "aws:sqs/queue:Queue",
];

/** Policies, costs and the proof know by this tag whose a resource is. */
export const tenantTag = rule({
  name: "tenant-tag",
  description:
    "Everything of a tenant's that can be tagged carries tenant_id: one value, known at preview, the id of the tenant in whose component it stands.",
  severity: "high",
  remediation: "Set tags: { tenant_id: <the tenant's id> } on the resource, once, as plain text.",
  validate: ({ stack }, report) => {
    const taggable = new Set(TAGGED);
    for (const resource of stack.resources) {
      if (!resource.type.startsWith("aws:")) continue;
      const tag = tagOf(resource);
      const component = componentOf(resource);
      if (tag.kind === "unproven") report(`not proven whose it is: ${tag.why}`, resource.urn);
      else if (component === undefined) continue;
      else if (tag.kind === "one" && tag.id !== component)
        report(`is tagged tenant_id=${tag.id} and stands among what tenant ${component} owns`, resource.urn);
      else if (tag.kind === "none" && taggable.has(resource.type))
        report(`is tenant ${component}'s and is not tagged tenant_id`, resource.urn);
    }
  },
});
