/**
 * The kinds of policy documents, as data: where each is an argument, what its grammar takes, how large it may be, and how
 * the service words its refusals. Sources: IAM user guide, "Grammar of the IAM JSON policy language" and "IAM and STS
 * quotas"; each service's guide on its policies; wordings as reported by users of the services.
 */
import type { Fault } from "./fault.ts";

export interface PolicyKind {
  readonly principal: "required" | "forbidden";
  readonly resource: "required" | "optional" | "forbidden";
  /** The services whose actions it may name, as their prefixes; absent: any. */
  readonly vendors?: readonly string[];
  /** Largest document. `characters` are counted without whitespace, as IAM does. */
  readonly size: { readonly limit: number; readonly unit: "bytes" | "characters" };
  readonly code: string;
  /** HTTP status. @default 400 */
  readonly status?: number;
  /** What the service says to a fault; `{detail}` is put in. A fault that is not listed is told as it is. */
  readonly words: Readonly<Partial<Record<Fault["kind"], string>>>;
  /** What it says to a document that is too large. */
  readonly tooLarge: { readonly code: string; readonly status: number; readonly message: string };
}

const SYNTAX = "Syntax errors in policy.";

const IAM_WORDS: PolicyKind["words"] = {
  json: SYNTAX,
  field: SYNTAX,
  version: SYNTAX,
  statement: SYNTAX,
  effect: SYNTAX,
  condition: SYNTAX,
  noAction: "Policy statement must contain actions.",
  action: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
  colons: "Actions/Condition can contain only one colon.",
  noResource: "Policy statement must contain resources.",
  resource: 'Resource {detail} must be in ARN format or "*".',
  hasPrincipal: "Policy document should not specify a principal.",
  sid: "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
  sidTwice: "Statement IDs (SID) in a single policy must be unique.",
};

const IDENTITY = {
  principal: "forbidden",
  resource: "required",
  code: "MalformedPolicyDocument",
  words: IAM_WORDS,
} as const;

const limitExceeded = (message: string) => ({ code: "LimitExceeded", status: 409, message });

export const KINDS = {
  managed: {
    ...IDENTITY,
    size: { limit: 6144, unit: "characters" },
    tooLarge: limitExceeded("Cannot exceed quota for PolicySize: 6144"),
  },
  inline: {
    ...IDENTITY,
    size: { limit: 10_240, unit: "characters" },
    tooLarge: limitExceeded("Maximum policy size of 10240 bytes exceeded for role {role}"),
  },
  session: {
    ...IDENTITY,
    size: { limit: 2048, unit: "characters" },
    tooLarge: {
      code: "PackedPolicyTooLarge",
      status: 400,
      message: "Policy is longer than 2048 characters.",
    },
  },
  trust: {
    principal: "required",
    resource: "forbidden",
    vendors: ["sts"],
    // The default quota; an account can have it raised to 4,096.
    size: { limit: 2048, unit: "characters" },
    code: "MalformedPolicyDocument",
    words: {
      ...IAM_WORDS,
      vendor: "AssumeRole policy may only specify STS AssumeRole actions.",
      hasResource: "Has prohibited field Resource",
      noPrincipal: "Missing required field Principal",
      notPrincipal: "Has prohibited field NotPrincipal",
      principal: "Invalid principal in policy: {detail}",
    },
    tooLarge: limitExceeded("Cannot exceed quota for ACLSizePerRole: 2048"),
  },
  bucket: {
    principal: "required",
    resource: "required",
    vendors: ["s3", "s3express"],
    size: { limit: 20_480, unit: "bytes" },
    code: "MalformedPolicy",
    words: {
      json: "Policies must be valid JSON and the first byte must be '{'",
      field: "Unknown field {detail}",
      version: "The policy must contain a valid version string",
      statement: "Missing required field Statement",
      effect: "Missing required field Effect",
      noAction: "Missing required field Action",
      action: "Policy has invalid action",
      colons: "Policy has invalid action",
      vendor: "Policy has invalid action",
      noResource: "Missing required field Resource",
      resource: "Policy has invalid resource",
      applies: "Action does not apply to any resource(s) in statement",
      noPrincipal: "Missing required field Principal",
      principal: "Invalid principal in policy: {detail}",
    },
    tooLarge: {
      code: "PolicyTooLarge",
      status: 400,
      message: "Policy exceeds the maximum allowed document size.",
    },
  },
  key: {
    principal: "required",
    resource: "required",
    vendors: ["kms"],
    size: { limit: 32_768, unit: "bytes" },
    code: "MalformedPolicyDocumentException",
    words: { principal: "Policy contains a statement with one or more invalid principals." },
    tooLarge: {
      code: "LimitExceededException",
      status: 400,
      message: "The key policy is larger than 32 kilobytes.",
    },
  },
  queue: {
    principal: "required",
    resource: "optional",
    vendors: ["sqs"],
    size: { limit: 20_480, unit: "bytes" },
    code: "InvalidAttributeValue",
    words: { principal: "Invalid value for the parameter Policy: {detail}." },
    tooLarge: { code: "OverLimit", status: 400, message: "The policy is larger than 20480 bytes." },
  },
  table: {
    principal: "required",
    resource: "required",
    vendors: ["dynamodb"],
    // Whitespace counts.
    size: { limit: 20_480, unit: "bytes" },
    code: "ValidationException",
    words: { principal: "Invalid policy document: Invalid principal: {detail}" },
    tooLarge: {
      code: "ValidationException",
      status: 400,
      message: "Resource-based policy document exceeds the maximum size of 20 KB",
    },
  },
  agentcore: {
    principal: "required",
    resource: "required",
    vendors: ["bedrock-agentcore"],
    // AWS states no limit of its own for it: that of other services' policies.
    size: { limit: 20_480, unit: "bytes" },
    code: "ValidationException",
    words: { principal: "Invalid principal in policy: {detail}" },
    tooLarge: { code: "ValidationException", status: 400, message: "The policy is larger than 20480 bytes." },
  },
  domain: {
    principal: "required",
    resource: "required",
    vendors: ["es"],
    size: { limit: 102_400, unit: "bytes" },
    code: "InvalidTypeException",
    status: 409,
    words: { principal: "Error setting policy: invalid principal {detail}" },
    tooLarge: {
      code: "LimitExceededException",
      status: 409,
      message: "The access policy is larger than 100 KiB.",
    },
  },
} as const satisfies Readonly<Record<string, PolicyKind>>;

/** Which arguments hold a policy, by type token. */
export const POLICY_ARGUMENTS: Readonly<
  Record<string, readonly (readonly [path: string, kind: keyof typeof KINDS])[]>
> = {
  "aws:iam/role:Role": [
    ["assumeRolePolicy", "trust"],
    ["inlinePolicies[].policy", "inline"],
  ],
  "aws:iam/rolePolicy:RolePolicy": [["policy", "inline"]],
  "aws:iam/policy:Policy": [["policy", "managed"]],
  "aws:s3/bucket:Bucket": [["policy", "bucket"]],
  "aws:s3/bucketPolicy:BucketPolicy": [["policy", "bucket"]],
  "aws:kms/key:Key": [["policy", "key"]],
  "aws:sqs/queue:Queue": [["policy", "queue"]],
  "aws:sqs/queuePolicy:QueuePolicy": [["policy", "queue"]],
  "aws:dynamodb/resourcePolicy:ResourcePolicy": [["policy", "table"]],
  "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy": [["policy", "agentcore"]],
  "aws:opensearch/domain:Domain": [["accessPolicies", "domain"]],
  "aws:opensearch/domainPolicy:DomainPolicy": [["accessPolicies", "domain"]],
};
