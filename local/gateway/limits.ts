/**
 * Sizes that AWS takes, and what it answers beyond them. {@link oversized} holds requests to those that concern a whole body;
 * the others are the services' own. All are listed here for docs/verified.md, and each is tried by test.
 */
import { AwsError } from "./contract.ts";

interface BodyLimit {
  readonly bytes: number;
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

const MIB = 1024 * 1024;
/** Not an error of OpenSearch: AWS's proxy in front of it answers. */
export const REQUEST_SIZE = "RequestSizeExceeded";

/**
 * By SigV4 service name. Domains take 10 or 100 MiB, by the size of their instances: the lesser holds here for all of them, and for
 * collections, whose limit is not documented. Sources: OpenSearch Service developer guide, "Network quotas"; Bedrock's API model,
 * InvokeModel's `body`.
 */
const BODIES: Readonly<Record<string, BodyLimit>> = {
  es: {
    bytes: 10 * MIB,
    code: REQUEST_SIZE,
    status: 413,
    message: `Request size exceeded ${10 * MIB} bytes`,
  },
  aoss: {
    bytes: 10 * MIB,
    code: REQUEST_SIZE,
    status: 413,
    message: `Request size exceeded ${10 * MIB} bytes`,
  },
  "rds-data": {
    bytes: 4 * MIB,
    code: "ValidationException",
    status: 400,
    message: `The request is larger than ${4 * MIB} bytes`,
  },
  bedrock: {
    bytes: 25_000_000,
    code: "ValidationException",
    status: 400,
    message:
      "Value at 'body' failed to satisfy constraint: Member must have length less than or equal to 25000000",
  },
};

/** The refusal of a body that is too large; undefined if it may go on. */
export function oversized(service: string, body: Buffer): AwsError | undefined {
  const limit = BODIES[service];
  if (limit === undefined || body.length <= limit.bytes) return undefined;
  return new AwsError(limit.code, limit.message, limit.status);
}

/** What is limited, to how much, and the error beyond. Sources: each service's guide, its page of quotas, and its API model. */
export const LIMITS = {
  "S3 key": ["1,024 bytes", "KeyTooLongError"],
  "S3 object's user metadata": ["2 KB", "MetadataTooLarge"],
  "DynamoDB item": ["400 KB", "ValidationException"],
  "Lambda event, synchronous": ["6 MB", "RequestTooLargeException"],
  "Lambda event, asynchronous": ["1 MB", "RequestTooLargeException"],
  "SQS message": ["as its queue says, at most 1 MiB", "InvalidParameterValue"],
  "STS session name": ["64 characters", "ValidationError"],
  "STS session tags": ["50", "ValidationError"],
  "STS session tag's key": ["128 characters", "ValidationError"],
  "STS session tag's value": ["256 characters", "ValidationError"],
  "STS session policy": ["2,048 characters", "PackedPolicyTooLarge"],
  "Bedrock InvokeModel's body": ["25,000,000 bytes", "ValidationException"],
  "Bedrock text to embed": ["50,000 characters", "ValidationException"],
  "Bedrock Retrieve's query": ["1,000 characters", "ValidationException"],
  "Bedrock Retrieve's results": ["100", "ValidationException"],
  "Bedrock ingestion jobs of a knowledge base at a time": ["1", "ConflictException"],
  "Bedrock ingestion jobs of an account at a time": ["5", "ServiceQuotaExceededException"],
  "OpenSearch request to a domain": ["10 MiB", "HTTP 413"],
  "OpenSearch request to a collection": ["10 MiB", "HTTP 413"],
  "OpenSearch results of a search": ["10,000", "illegal_argument_exception"],
  "RDS Data API request": ["4 MiB", "ValidationException"],
  "RDS Data API result": ["1 MiB", "UnsupportedResultException"],
  "RDS Data API row": ["64 KB", "UnsupportedResultException"],
  "API Gateway payload": ["10 MB", "HTTP 413"],
} as const satisfies Readonly<Record<string, readonly [most: string, error: string]>>;

/** A Markdown table of {@link LIMITS}. */
export const limitsTable = (): string =>
  [
    "| what | at most | error |",
    "| --- | --- | --- |",
    ...Object.entries(LIMITS).map(([what, [most, error]]) => `| ${what} | ${most} | \`${error}\` |`),
  ].join("\n");
