import type { S3Client } from "@aws-sdk/client-s3";
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey } from "@aws-sdk/client-s3";

import { within } from "../shared/deadline.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import { DependencyUnavailable } from "../shared/errors.ts";
import { listedObjects } from "../shared/listing.ts";

import type { Objects } from "./reconcile.ts";

/** Removed, or written anew, since it was looked at. */
const isGone = (error: unknown): boolean =>
  error instanceof NoSuchKey || (error instanceof Error && error.name === "PreconditionFailed");

/** A tenant's bucket with the credentials of `client`. */
export function createObjects(client: S3Client, bucket: string, signal: AbortSignal): Objects {
  return {
    // Not HeadObject: whoever may list one prefix only gets 403 for what is not there, and for what is forbidden.
    look: (key) =>
      within(DEPENDENCIES.ingestBucket, signal, async (options) => {
        const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 });
        const { objects } = listedObjects(await client.send(command, options));
        // The prefix itself comes before everything that is longer.
        return objects.find((object) => object.key === key);
      }),
    read: (key, etag) =>
      within(DEPENDENCIES.ingestBucket, signal, async (options) => {
        try {
          const command = new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag });
          const { Body, ETag } = await client.send(command, options);
          const bytes = await Body?.transformToByteArray();
          if (bytes && ETag === etag) return bytes;
        } catch (error) {
          if (isGone(error)) return undefined;
          throw error;
        }
        // What comes without the ETag that was asked for is not that object, whatever its status says.
        const cause = new Error("an object of another ETag");
        throw new DependencyUnavailable(DEPENDENCIES.ingestBucket.name, { cause });
      }),
  };
}
