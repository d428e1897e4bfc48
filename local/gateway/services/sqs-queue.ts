/** Queues as they were deployed: names, limits, policies. */
import { z } from "zod";
import type { NamedPolicy } from "../../../policies/isolation/types.ts";
import type { Account, ResourceRecord } from "../../account/account.ts";
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import { type Access, AwsError, type Call, type Gateway } from "../contract.ts";
import { deployedPolicy } from "../principals.ts";
import { tagsOf } from "../roles.ts";

export const QUEUE_TYPE = "aws:sqs/queue:Queue";
const POLICY_TYPE = "aws:sqs/queuePolicy:QueuePolicy";

const URL_PREFIX = `https://sqs.${LOCAL_REGION}.amazonaws.com/${LOCAL_ACCOUNT}/`;
const ARN_PREFIX = `arn:${LOCAL_PARTITION}:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:`;
const NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** As on AWS: it names the queue, wherever the account is served. */
export const queueUrl = (name: string): string => URL_PREFIX + name;
export const queueArn = (name: string): string => ARN_PREFIX + name;

/** @throws AwsError if it is not the URL of a queue of this account. */
export function queueOfUrl(gateway: Pick<Gateway, "origin">, url: string): string {
  // A client that was given this account's address may build a queue's URL on it.
  const name = [URL_PREFIX, `${gateway.origin}/${LOCAL_ACCOUNT}/`]
    .filter((prefix) => url.startsWith(prefix))
    .map((prefix) => url.slice(prefix.length))[0];
  if (name === undefined || !NAME.test(name))
    throw new AwsError("InvalidAddress", `The address ${url} is not valid for this endpoint.`, 404);
  return name;
}

/** @throws AwsError if it is not the ARN of a queue of this account. */
export function queueOfArn(arn: string): string {
  const name = arn.startsWith(ARN_PREFIX) ? arn.slice(ARN_PREFIX.length) : "";
  if (!NAME.test(name))
    throw new AwsError(
      "NotImplemented",
      `${arn} is not the ARN of a standard SQS queue of this account`,
      501,
    );
  return name;
}

/** What AWS takes an absent setting to be. */
const Settings = z.object({
  name: z.string(),
  delaySeconds: z
    .number()
    .nullish()
    .transform((value) => value ?? 0),
  maxMessageSize: z
    .number()
    .nullish()
    .transform((value) => value ?? 1_048_576),
  messageRetentionSeconds: z
    .number()
    .nullish()
    .transform((value) => value ?? 345_600),
  receiveWaitTimeSeconds: z
    .number()
    .nullish()
    .transform((value) => value ?? 0),
  visibilityTimeoutSeconds: z
    .number()
    .nullish()
    .transform((value) => value ?? 30),
  kmsMasterKeyId: z.string().nullish(),
});

export type Queue = Readonly<z.infer<typeof Settings>>;

const find = (account: Account, name: string): ResourceRecord | undefined =>
  account.find(QUEUE_TYPE, "name", name);

/** Decides by the queue's ARN first: who may not ask does not learn whether it is there. @throws AwsError */
export function openQueue(gateway: Gateway, call: Call, action: string, name: string): Queue {
  gateway.authorize(call, access(gateway.account, `sqs:${action}`, name));
  const record = find(gateway.account, name);
  if (!record) throw new AwsError("QueueDoesNotExist", `The specified queue does not exist: ${name}.`, 400);
  return Settings.parse(record.outputs);
}

export const sendAccess = (account: Account, name: string): Access =>
  access(account, "sqs:SendMessage", name);

function access(account: Account, action: string, name: string): Access {
  const record = find(account, name);
  const tags = Object.entries(record ? tagsOf(record) : {});
  return {
    action,
    resource: queueArn(name),
    context: Object.fromEntries(tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
    resourcePolicies: policies(account, name, record),
  };
}

function policies(account: Account, name: string, record: ResourceRecord | undefined): NamedPolicy[] {
  const own = account.inForce
    .resources(POLICY_TYPE)
    .filter(({ outputs }) => outputs["queueUrl"] === queueUrl(name));
  return [...(record ? [record] : []), ...own]
    .map((holder) => ({ holder, text: holder.outputs["policy"] }))
    .filter(({ text }) => text !== undefined && text !== null && text !== "")
    .map(({ holder, text }) => deployedPolicy(account, holder, `policy of queue ${name}`, text));
}
