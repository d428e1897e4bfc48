import { literalsOf } from "../support/probe/literals.ts";
import {
  readPolicy,
  readResourcePolicy,
  RESOURCE_POLICY_TYPES,
  type ReadPolicy,
} from "../support/documents.ts";
import { componentOf } from "../support/owner.ts";
import { read } from "../support/read.ts";
import { rule } from "../support/rule.ts";

/** Ids that AWS makes up: a policy that names one is not known before deployment, and means another thing once it is made anew. */
const GENERATED: readonly RegExp[] = [
  /^arn:[a-z-]+:kms:[^:]*:\d+:key\/[0-9a-f]{8}-[0-9a-f-]{27}$/,
  /^arn:[a-z-]+:aoss:[^:]*:\d+:collection\/[a-z0-9]{20}$/,
  /^arn:[a-z-]+:bedrock:[^:]*:\d+:(knowledge-base|guardrail)\/[A-Za-z0-9]{10,12}(\/|$)/,
  /^arn:[a-z-]+:cognito-idp:[^:]*:\d+:userpool\/[a-z0-9-]+_[A-Za-z0-9]{9}$/,
];
const IDENTITY_POLICIES = ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"];

/** So that all of a new tenant's policies are known, and judged, before anything of it is made. */
export const noGeneratedId = rule({
  name: "no-generated-id",
  description:
    "Policies name what they are about by names, aliases and tags, not by ids that AWS makes up; the shared corpus's knowledge base, which has no other name in IAM, is excepted.",
  severity: "medium",
  remediation:
    "Test `kms:ResourceAliases`, `aoss:collection` or `aws:ResourceTag` in a condition, and end the ARN with `*`. A secret's ARN ends with `-??????`.",
  validate: ({ stack }, report) => {
    const shared = new Set<unknown>();
    for (const knowledgeBase of stack.of(["aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase"])) {
      if (componentOf(knowledgeBase) !== undefined) continue;
      const arn = read(knowledgeBase, "arn");
      if (arn.known) shared.add(arn.value);
    }
    const judge = (policy: ReadPolicy, urn: string, ofTenant: boolean): void => {
      if (policy.kind === "unproven" && !(policy.pending && !ofTenant))
        report(`not proven: policy ${policy.why}: it names something that AWS makes up`, urn);
      if (policy.kind !== "document") return;
      const { resources, principals, asked } = literalsOf(policy.document);
      const values = [...asked.values()].flatMap((each) => [...each.values]);
      for (const text of new Set([...resources, ...principals, ...values]))
        if (!shared.has(text) && GENERATED.some((form) => form.test(text)))
          report(`names ${text}, which AWS made up`, urn);
    };
    for (const policy of stack.of(IDENTITY_POLICIES))
      judge(readPolicy(policy, "policy"), policy.urn, componentOf(policy) !== undefined);
    for (const resource of stack.of(RESOURCE_POLICY_TYPES))
      if (resource.type !== "aws:lambda/permission:Permission")
        judge(readResourcePolicy(resource), resource.urn, componentOf(resource) !== undefined);
  },
});
