import type { ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";

import { DEPENDENCIES } from "./dependencies.ts";
import { DependencyUnavailable } from "./errors.ts";

/** An object as a listing shows it. Another content, another ETag. */
export interface ListedObject {
  readonly key: string;
  readonly etag: string;
  readonly bytes: number;
  readonly modified: Date;
}

/**
 * A page of a bucket's listing, without delimiter: what is not in it is not in the bucket, so that it has to be whole.
 * `next` continues after it.
 * @throws DependencyUnavailable if it is no listing, or does not hold as many objects as it says
 */
export function listedObjects(answer: Omit<ListObjectsV2CommandOutput, "$metadata">): {
  readonly objects: readonly ListedObject[];
  readonly next?: string;
} {
  const { Contents = [], KeyCount, IsTruncated, NextContinuationToken: next } = answer;
  const objects = Contents.flatMap(({ Key: key, ETag: etag, Size: bytes, LastModified: modified }) =>
    key !== undefined && etag !== undefined && bytes !== undefined && modified !== undefined
      ? [{ key, etag, bytes, modified }]
      : [],
  );
  if (objects.length !== KeyCount || IsTruncated !== (next !== undefined))
    throw new DependencyUnavailable(DEPENDENCIES.documentStore.name, {
      cause: new Error("a listing that is not whole"),
    });
  return { objects, ...(next !== undefined && { next }) };
}
