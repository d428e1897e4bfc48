import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";

import { clientSettings } from "../shared/aws-clients.ts";
import type { CallOptions } from "../shared/deadline.ts";
import { within } from "../shared/deadline.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import type { Env } from "../shared/environment.ts";
import { Conflict, DependencyUnavailable, InvalidRequest } from "../shared/errors.ts";
import type { ListedObject } from "../shared/listing.ts";
import { listedObjects } from "../shared/listing.ts";
import type { TenantContext } from "../shared/tenant-context.ts";

/** Writes a text object with the tenant's credentials, if it is as it was seen: `undefined` means that there was none. */
export type PutText = (
  context: TenantContext,
  object: ObjectName,
  text: string,
  seen: string | undefined,
  signal: AbortSignal,
) => Promise<Stored>;

export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
}

/** A stored object's state: another text, another ETag. */
export interface Stored {
  readonly etag: string;
}

export type StoredObject = ListedObject;

/** The tenant's objects, with the tenant's credentials. */
export interface DocumentObjects {
  readonly putText: PutText;
  /** An object's state without its content; undefined if there is none. */
  look(context: TenantContext, object: ObjectName, signal: AbortSignal): Promise<StoredObject | undefined>;
  /** Undefined if there is none that may be read. */
  read(
    context: TenantContext,
    object: ObjectName,
    signal: AbortSignal,
  ): Promise<(Stored & { readonly bytes: Uint8Array; readonly modified: Date }) | undefined>;
  /** Up to 100 objects below a prefix, in the order of their keys. `next` continues after an earlier page. */
  list(
    context: TenantContext,
    bucket: string,
    prefix: string,
    next: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly objects: readonly StoredObject[]; readonly next?: string }>;
  remove(context: TenantContext, object: ObjectName, signal: AbortSignal): Promise<void>;
}

const PAGE = 100;

export function createDocumentObjects(env: Env, region: string): DocumentObjects {
  const call = <T>(
    context: TenantContext,
    signal: AbortSignal,
    run: (client: S3Client, options: CallOptions) => Promise<T>,
  ) =>
    within(DEPENDENCIES.documentStore, signal, (options) => {
      const client = context.once(
        "s3",
        (credentials) => new S3Client(clientSettings(env, region, credentials, DEPENDENCIES.documentStore)),
      );
      return run(client, options);
    });
  return {
    putText: (context, { bucket, key }, text, seen, signal) =>
      call(context, signal, async (client, options) => {
        const command = new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: text,
          ContentType: key.endsWith(".json") ? "application/json" : "text/plain; charset=utf-8",
          ...(seen === undefined ? { IfNoneMatch: "*" } : { IfMatch: seen }),
        });
        try {
          const { ETag: etag } = await client.send(command, options);
          if (etag === undefined) throw malformed("a write without an ETag");
          return { etag };
        } catch (error) {
          // 409: another write of this object is under way; 404: it was removed since it was seen. After a repeated attempt the other
          // write may be our own first one, whose answer was lost: then nothing is known, and the request fails as a whole.
          if (
            error instanceof S3ServiceException &&
            [404, 409, 412].includes(statusOf(error)) &&
            error.$metadata.attempts === 1
          )
            throw new Conflict("The document is being changed by another request.", { cause: error });
          throw error;
        }
      }),
    // Not HeadObject: whoever may list one prefix only gets 403 for what is not there, and for what is forbidden.
    look: (context, { bucket, key }, signal) =>
      call(context, signal, async (client, options) => {
        const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 });
        const { objects } = listedObjects(await client.send(command, options));
        // The prefix itself comes before everything that is longer.
        return objects.find((object) => object.key === key);
      }),
    read: (context, { bucket, key }, signal) =>
      call(context, signal, async (client, options) => {
        try {
          const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), options);
          const bytes = await answer.Body?.transformToByteArray();
          if (!bytes || answer.ETag === undefined) throw malformed("an object without an ETag");
          return { bytes, etag: answer.ETag, modified: answer.LastModified ?? new Date(0) };
        } catch (error) {
          if (error instanceof S3ServiceException && [403, 404].includes(statusOf(error))) return undefined;
          throw error;
        }
      }),
    list: (context, bucket, prefix, next, signal) =>
      call(context, signal, async (client, options) => {
        const command = new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          MaxKeys: PAGE,
          ...(next !== undefined && { ContinuationToken: next }),
        });
        const answer = await client.send(command, options).catch((error: unknown) => {
          const unknownToken =
            next !== undefined && error instanceof S3ServiceException && statusOf(error) === 400;
          throw unknownToken
            ? new InvalidRequest("next: is not from an earlier answer", { cause: error })
            : error;
        });
        return listedObjects(answer);
      }),
    remove: (context, { bucket, key }, signal) =>
      call(context, signal, async (client, options) => {
        const { $metadata } = await client.send(
          new DeleteObjectCommand({ Bucket: bucket, Key: key }),
          options,
        );
        // Something else than S3 may answer 200 to anything.
        if ($metadata.httpStatusCode !== 204) throw malformed("a deletion that is not answered by 204");
      }),
  };
}

function statusOf(error: S3ServiceException): number {
  return error.$metadata.httpStatusCode ?? 0;
}

function malformed(what: string): DependencyUnavailable {
  return new DependencyUnavailable(DEPENDENCIES.documentStore.name, { cause: new Error(what) });
}
