/**
 * What the provider tries again while policies are on their way, as the AWS provider does: a refusal that names what may
 * only not have arrived yet. Source: terraform-provider-aws, the retries around the create and update calls of iam, s3,
 * kms, sqs, lambda, opensearch and bedrockagent, each up to two minutes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Account } from "../account/account.ts";
import { AwsError } from "../gateway/contract.ts";

const RETRIED: readonly (readonly [code: string, message: string])[] = [
  ["MalformedPolicyDocument", "Invalid principal in policy"],
  ["MalformedPolicy", "Invalid principal in policy"],
  ["MalformedPolicyDocumentException", ""],
  ["InvalidAttributeValue", "Invalid value for the parameter Policy"],
  ["InvalidTypeException", "Error setting policy"],
  ["ValidationException", "Invalid principal"],
  ["InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda"],
  ["InvalidParameterValueException", "The provided execution role does not have permissions"],
  ["InvalidParameterValueException", "does not have permissions to call SendMessage"],
  ["ValidationException", "unable to assume the given role"],
];

const LOOK_MS = 250;

/** Runs a call again as long as its refusal may be of something under way. @throws AwsError the last refusal */
export async function retried<T>(account: Account, call: () => T | Promise<T>): Promise<T> {
  for (;;) {
    // Asked before the call: what arrives during it gets one more try.
    const pending = account.inForce.pending();
    try {
      return await call();
    } catch (error) {
      if (pending === 0 || !mayPass(error)) throw error;
      await sleep(Math.min(pending, LOOK_MS));
    }
  }
}

function mayPass(error: unknown): boolean {
  return (
    error instanceof AwsError &&
    RETRIED.some(([code, message]) => error.code === code && error.message.includes(message))
  );
}
