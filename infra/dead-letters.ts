import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { platformNames, type AsyncFunctionName, type Place } from "../runtime/contract/names.ts";

export interface DeadLettersArgs {
  readonly place: Place;
  readonly fn: AsyncFunctionName;
  readonly functionName: pulumi.Input<string>;
  /** How often Lambda tries an event again, after the first time. */
  readonly retries: 0 | 1 | 2;
}

export interface DeadLetters {
  readonly queueArn: pulumi.Output<string>;
  /** Tells Lambda so: what invokes the function comes after it. */
  readonly config: aws.lambda.FunctionEventInvokeConfig;
}

/**
 * Where events wait that a function failed on: nobody waits for its answer, and without this they would be gone.
 * @param names of the two resources
 */
export function deadLetters(
  names: { readonly queue: string; readonly config: string },
  { place, fn, functionName, retries }: DeadLettersArgs,
  opts: pulumi.CustomResourceOptions,
): DeadLetters {
  const queue = new aws.sqs.Queue(
    names.queue,
    {
      name: platformNames(place).deadLetters(fn),
      messageRetentionSeconds: 1_209_600, // 14 days, the most that SQS keeps
      sqsManagedSseEnabled: true,
    },
    opts,
  );
  const config = new aws.lambda.FunctionEventInvokeConfig(
    names.config,
    {
      functionName,
      maximumRetryAttempts: retries,
      destinationConfig: { onFailure: { destination: queue.arn } },
    },
    opts,
  );
  return { queueArn: queue.arn, config };
}
