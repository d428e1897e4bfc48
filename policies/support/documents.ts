import type { PolicyResource } from "@pulumi/policy";
import { parsePolicy, PolicyError, type PolicyDocument, type Statement } from "../isolation/index.ts";
import { read } from "./read.ts";

/** A policy of a resource, or why it can't be judged. */
export type ReadPolicy =
  | { readonly kind: "document"; readonly document: PolicyDocument; readonly text: string }
  | { readonly kind: "none" }
  | {
      readonly kind: "unproven";
      /** What follows "the policy". */
      readonly why: string;
      /** It is not known before deployment, and comes from other resources of the stack: at the end of the update it is judged. */
      readonly pending: boolean;
    };

const parsed = new Map<string, ReadPolicy>();
/** Documents of a large stack and its next one; beyond that nobody comes back to them. */
const MOST_KEPT = 20_000;

/** Reads the policy in a property. Texts are read once: tenants' policies are judged by several rules. */
export function readPolicy(resource: PolicyResource, property: string): ReadPolicy {
  const reading = read(resource, property);
  if (!reading.known) {
    const pending = (resource.propertyDependencies[property] ?? []).length > 0;
    return { kind: "unproven", why: "is not known before deployment", pending };
  }
  const { value } = reading;
  if (value === undefined || value === null || value === "") return { kind: "none" };
  const text = typeof value === "string" ? value : JSON.stringify(value);
  let found = parsed.get(text);
  if (found === undefined) {
    found = parse(text);
    if (parsed.size >= MOST_KEPT) parsed.clear();
    parsed.set(text, found);
  }
  return found;
}

function parse(text: string): ReadPolicy {
  try {
    return { kind: "document", document: parsePolicy(text), text };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return { kind: "unproven", why: `is not understood: ${error.message}`, pending: false };
  }
}

/** Where resources have a policy that says who may use them. */
const HOLDERS: Readonly<Record<string, string>> = {
  "aws:apigateway/restApiPolicy:RestApiPolicy": "policy",
  "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy": "policy",
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
  "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
  "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
  "aws:iam/role:Role": "assumeRolePolicy",
  "aws:kms/key:Key": "policy",
  "aws:kms/keyPolicy:KeyPolicy": "policy",
  "aws:opensearch/domain:Domain": "accessPolicies",
  "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
  "aws:s3/accessPoint:AccessPoint": "policy",
  "aws:s3/bucketPolicy:BucketPolicy": "policy",
  "aws:secretsmanager/secret:Secret": "policy",
  "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
  "aws:sns/topic:Topic": "policy",
  "aws:sns/topicPolicy:TopicPolicy": "policy",
  "aws:sqs/queue:Queue": "policy",
  "aws:sqs/queuePolicy:QueuePolicy": "policy",
};
const PERMISSION = "aws:lambda/permission:Permission";
/** What AWS answers, after a deployment, for resources whose policy is another resource of the program. */
const ANSWERED: ReadonlySet<string> = new Set([
  "aws:opensearch/domain:Domain",
  "aws:secretsmanager/secret:Secret",
  "aws:sqs/queue:Queue",
]);

export const RESOURCE_POLICY_TYPES: readonly string[] = [...Object.keys(HOLDERS), PERMISSION];

/** The policy by which a resource lets others in; a function's permission as the statement that it makes. */
export function readResourcePolicy(resource: PolicyResource): ReadPolicy {
  if (resource.type === PERMISSION) return readPermission(resource);
  const property = HOLDERS[resource.type];
  if (property === undefined) return { kind: "none" };
  const policy = readPolicy(resource, property);
  // In a preview, what AWS would answer is not known; what the program says is in a resource of its own.
  const answered = ANSWERED.has(resource.type) && !read(resource, property).known;
  return policy.kind === "unproven" && answered && !policy.pending ? { kind: "none" } : policy;
}

function readPermission(permission: PolicyResource): ReadPolicy {
  const principal = read(permission, "principal");
  const action = read(permission, "action");
  if (!principal.known || !action.known || typeof principal.value !== "string")
    return { kind: "unproven", why: "has a principal that is not known before deployment", pending: false };
  const who = principal.value;
  const arns = conditionOf(permission, "sourceArn");
  const accounts = conditionOf(permission, "sourceAccount");
  const organization = conditionOf(permission, "principalOrgId");
  const condition = {
    ...(arns === undefined ? {} : { ArnLike: { "aws:SourceArn": arns } }),
    ...(accounts === undefined && organization === undefined
      ? {}
      : {
          StringEquals: {
            ...(accounts === undefined ? {} : { "aws:SourceAccount": accounts }),
            ...(organization === undefined ? {} : { "aws:PrincipalOrgID": organization }),
          },
        }),
  };
  const statement = {
    Sid: "Permission",
    Effect: "Allow",
    Principal: who === "*" ? "*" : /^\d{12}$|^arn:/.test(who) ? { AWS: who } : { Service: who },
    Action: action.value,
    Resource: "*",
    ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
  };
  return parse(JSON.stringify({ Version: "2012-10-17", Statement: [statement] }));
}

/** What is not known yet is a value of its own, which equals no other: a source that the stack itself makes. */
function conditionOf(permission: PolicyResource, property: string): string | undefined {
  const reading = read(permission, property);
  if (reading.known)
    return typeof reading.value === "string" && reading.value !== "" ? reading.value : undefined;
  const [source] = permission.propertyDependencies[property] ?? [];
  return source === undefined ? undefined : `arn:aws:unknown:us-east-1:${UNKNOWN_ACCOUNT}:${source.name}`;
}

/** In place of this account's number in what is not known yet. */
export const UNKNOWN_ACCOUNT = "000000000001";

/** The statements of a document, as a list. */
export function statementsOf({ Statement: listed }: PolicyDocument): readonly Statement[] {
  return Array.isArray(listed) ? (listed as readonly Statement[]) : [listed as Statement];
}

const bares = new WeakMap<PolicyDocument, PolicyDocument>();

/**
 * A document's Allows without their conditions. What this does not allow, the document does not: asked first, it spares trying every
 * combination of conditions.
 */
export function bare(document: PolicyDocument): PolicyDocument {
  let known = bares.get(document);
  if (known === undefined) {
    const allows = statementsOf(document).filter(({ Effect }) => Effect === "Allow");
    known = { ...document, Statement: allows.map(({ Condition: _, ...statement }) => statement) };
    bares.set(document, known);
  }
  return known;
}
