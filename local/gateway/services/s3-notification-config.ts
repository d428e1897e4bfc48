/** A bucket's notification configuration, as deployed. */
import { z } from "zod";
import type { Account } from "../../account/account.ts";
import { AwsError } from "../contract.ts";

const TYPE = "aws:s3/bucketNotification:BucketNotification";

/** Of the events that S3 knows, those that happen here. */
export type EventName = "ObjectCreated:Put" | "ObjectRemoved:Delete" | "ObjectRemoved:DeleteMarkerCreated";

const optional = z
  .string()
  .nullish()
  .transform((value) => value ?? "");

/** A filter's special characters would have to be URL-encoded on AWS; these need no encoding. */
const PLAIN = /^[\w./=-]*$/;
const filter = optional.refine(
  (value) => PLAIN.test(value),
  "has characters other than letters, digits and ._/=-",
);

const FunctionConfiguration = z.object({
  id: optional,
  lambdaFunctionArn: z.string(),
  events: z.array(z.string()),
  filterPrefix: filter,
  filterSuffix: filter,
});

const none = z.array(z.unknown()).max(0, "are not served: only lambdaFunctions are").nullish();

const Configuration = z.object({
  lambdaFunctions: z
    .array(FunctionConfiguration)
    .nullish()
    .transform((value) => value ?? []),
  queues: none,
  topics: none,
  eventbridge: z.literal(false, "is not served").nullish(),
});

/** One function that a bucket's events go to. */
export type NotificationTarget = Readonly<z.infer<typeof FunctionConfiguration>>;

/** @throws AwsError NotImplemented naming what the embedded account does not serve. */
export function readNotification(bucket: string, properties: unknown): readonly NotificationTarget[] {
  const parsed = Configuration.safeParse(properties);
  if (parsed.success) return parsed.data.lambdaFunctions;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
  throw new AwsError("NotImplemented", `Notifications of bucket ${bucket}: ${faults.join("; ")}`, 501);
}

/** The targets of a bucket. @throws AwsError NotImplemented */
export function notificationTargets(account: Account, bucket: string): readonly NotificationTarget[] {
  return account
    .resources(TYPE)
    .filter(({ outputs }) => outputs["bucket"] === bucket)
    .flatMap(({ outputs }) => readNotification(bucket, outputs));
}

export function wants(target: NotificationTarget, event: EventName, key: string): boolean {
  return (
    target.events.some((pattern) => covers(pattern, `s3:${event}`)) &&
    key.startsWith(target.filterPrefix) &&
    key.endsWith(target.filterSuffix)
  );
}

/** Two targets that would both be given one event, which S3 does not take. */
export function overlap(targets: readonly NotificationTarget[]): boolean {
  return targets.some((a, at) =>
    targets
      .slice(at + 1)
      .some(
        (b) =>
          a.events.some((one) => b.events.some((other) => covers(one, other) || covers(other, one))) &&
          (a.filterPrefix.startsWith(b.filterPrefix) || b.filterPrefix.startsWith(a.filterPrefix)) &&
          (a.filterSuffix.endsWith(b.filterSuffix) || b.filterSuffix.endsWith(a.filterSuffix)),
      ),
  );
}

/** `s3:ObjectCreated:*` covers every event whose name starts like it. */
const covers = (pattern: string, event: string): boolean =>
  pattern.endsWith("*") ? event.startsWith(pattern.slice(0, -1)) : pattern === event;
