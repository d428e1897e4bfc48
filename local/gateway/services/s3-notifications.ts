/** Event notifications of buckets. Source: S3 User Guide, "Event message structure", version 2.1. */
import { randomUUID } from "node:crypto";
import type { Table } from "../../account/account.ts";
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import type { Call, Gateway } from "../contract.ts";
import { invokeLaterAsService } from "../functions/permissions.ts";
import {
  type EventName,
  type NotificationTarget,
  notificationTargets,
  wants,
} from "./s3-notification-config.ts";

/** What happened to an object. */
export interface ObjectChange {
  readonly event: EventName;
  readonly bucket: string;
  readonly key: string;
  /** Hexadecimal; of two changes of one key, the later one has the greater. */
  readonly sequencer: string;
  /** Absent where the bucket keeps no versions. */
  readonly versionId?: string | undefined;
  /** Of what was created. */
  readonly created?: { readonly size: number; readonly etag: string };
}

interface Undelivered {
  readonly functionArn: string;
  readonly bucketArn: string;
  readonly event: object;
}

export class Notifications {
  readonly #gateway: Gateway;
  /** By a key that grows. What is here was not handed to Lambda yet. */
  readonly #table: Table<Undelivered>;
  #timer: NodeJS.Timeout | undefined;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
    this.#table = gateway.account.table("s3-events");
    this.#wake();
  }

  /** Called before a change is made, for the targets are part of what must be understood. @throws AwsError NotImplemented */
  targets(bucket: string): readonly NotificationTarget[] {
    return notificationTargets(this.#gateway.account, bucket);
  }

  /** Called before the change is acknowledged: once this returns, its events outlive the process. */
  publish(call: Call, targets: readonly NotificationTarget[], change: ObjectChange): void {
    const wanting = targets.filter((target) => wants(target, change.event, change.key));
    for (const target of wanting) {
      this.#table.put(`${change.sequencer}-${randomUUID()}`, {
        functionArn: target.lambdaFunctionArn,
        bucketArn: arnOf(change.bucket),
        event: { Records: [record(this.#gateway, call, target, change)] },
      });
    }
    if (wanting.length > 0) this.#wake();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #wake(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#deliver();
    }, 0).unref();
  }

  /** As the service S3, on behalf of the bucket: the function's permissions decide each time. */
  #deliver(): void {
    for (const [key, { functionArn, bucketArn, event }] of [...this.#table.entries()]) {
      try {
        const of = { service: "s3.amazonaws.com", sourceArn: bucketArn, function: functionArn };
        invokeLaterAsService(this.#gateway, of, event);
      } catch {
        // S3 gives up on what it may not deliver; the log of decisions says why.
      }
      this.#table.delete(key);
    }
  }
}

const arnOf = (bucket: string): string => `arn:${LOCAL_PARTITION}:s3:::${bucket}`;

function record(gateway: Gateway, call: Call, target: NotificationTarget, change: ObjectChange): object {
  const { bucket, created, event, key, sequencer, versionId } = change;
  return {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: LOCAL_REGION,
    eventTime: new Date().toISOString(),
    eventName: event,
    userIdentity: { principalId: principalId(gateway, call) },
    requestParameters: { sourceIPAddress: "127.0.0.1" },
    responseElements: { "x-amz-request-id": call.id },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: target.id,
      bucket: { name: bucket, ownerIdentity: { principalId: LOCAL_ACCOUNT }, arn: arnOf(bucket) },
      object: {
        key: encodeKey(key),
        ...(created && { size: created.size, eTag: created.etag.replaceAll('"', "") }),
        ...(versionId !== undefined && { versionId }),
        sequencer,
      },
    },
  };
}

function principalId(gateway: Gateway, { principal }: Call): string {
  if (principal.kind !== "role-session") return "Anonymous";
  const role = gateway.account.find("aws:iam/role:Role", "arn", principal.roleArn);
  const session = principal.sessionArn.slice(principal.sessionArn.lastIndexOf("/") + 1);
  const id = role?.outputs["uniqueId"];
  return `AWS:${typeof id === "string" ? id : "AROA"}:${session}`;
}

/** As HTML forms encode, but for the slashes: `red flower.jpg` comes as `red+flower.jpg`. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll(/[!'()~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+")
    .replaceAll("%2F", "/");
}
