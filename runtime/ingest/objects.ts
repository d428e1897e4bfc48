import type { S3Client } from "@aws-sdk/client-s3";
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey } from "@aws-sdk/client-s3";

import type { Objects } from "./reconcile.ts";

/** Removed, or written anew, since it was looked at. */
const isGone = (error: unknown): boolean =>
  error instanceof NoSuchKey || (error instanceof Error && error.name === "PreconditionFailed");

/** A tenant's bucket with the credentials of `client`. */
export function createObjects(client: S3Client, bucket: string, signal: AbortSignal): Objects {
  return {
    // Not HeadObject: whoever may list one prefix only gets 403 for what is not there, and for what is forbidden.
    look: async (key) => {
      const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 });
      const { Contents: [first] = [] } = await client.send(command, { abortSignal: signal });
      // The prefix itself comes before everything that is longer.
      return first?.Key === key && first.ETag !== undefined
        ? { etag: first.ETag, bytes: first.Size ?? 0 }
        : undefined;
    },
    read: async (key, etag) => {
      try {
        const command = new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag });
        const { Body } = await client.send(command, { abortSignal: signal });
        return await Body?.transformToByteArray();
      } catch (error) {
        if (isGone(error)) return undefined;
        throw error;
      }
    },
  };
}
