/**
 * Throttling, injected: AWS answers so when an account calls too often, at a rate that depends on the account's quotas and
 * on others. Here a share of all signed calls is refused, in each service's own words, before anything is decided or done.
 */
import { AwsError, type Reply } from "./contract.ts";
import { REQUEST_SIZE } from "./limits.ts";

export interface ThrottleOptions {
  /** Share of calls that are refused, 0 to 1. */
  readonly share: number;
  /** Numbers from 0 to 1. @default Math.random */
  readonly random?: () => number;
}

type Words = readonly [code: string, status: number, message: string];

/**
 * By SigV4 service name. Sources: the error shapes of each service's API model; S3 and STS: their guides' lists of errors.
 * Lambda's is its answer to too many concurrent executions, too.
 */
export const THROTTLES: Readonly<Record<string, Words>> = {
  sts: ["Throttling", 400, "Rate exceeded"],
  s3: ["SlowDown", 503, "Please reduce your request rate."],
  dynamodb: [
    "ProvisionedThroughputExceededException",
    400,
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.",
  ],
  lambda: ["TooManyRequestsException", 429, "Rate Exceeded."],
  bedrock: ["ThrottlingException", 429, "Too many requests, please wait before trying again."],
  sqs: ["RequestThrottled", 400, "The request was denied due to request throttling."],
  "cognito-idp": ["TooManyRequestsException", 400, "Rate exceeded"],
  kms: ["ThrottlingException", 400, "Rate exceeded"],
  es: ["ThrottlingException", 429, "Rate exceeded"],
  aoss: ["ThrottlingException", 429, "Rate exceeded"],
};

const OTHERS: Words = ["ThrottlingException", 400, "Rate exceeded"];

export class Throttle {
  readonly #share: number;
  readonly #random: () => number;

  constructor({ share, random = Math.random }: ThrottleOptions = { share: 0 }) {
    this.#share = share;
    this.#random = random;
  }

  /** The refusal of a call that is one too many; undefined if it may go on. */
  refusal(service: string): AwsError | undefined {
    if (this.#share === 0 || this.#random() >= this.#share) return undefined;
    const [code, status, message] = THROTTLES[service] ?? OTHERS;
    return new AwsError(code, message, status);
  }
}

/** OpenSearch's own shape, where a collection or a domain answers; AWS's, where what is before them does. */
export function engineReply({ code, status, message }: AwsError): Reply {
  const error = { type: "throttling_exception", reason: message };
  const body =
    code === REQUEST_SIZE ? { Message: message } : { error: { ...error, root_cause: [error] }, status };
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}
