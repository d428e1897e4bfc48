import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

import { clientSettings } from "../shared/aws-clients.ts";
import { within } from "../shared/deadline.ts";
import type { Env } from "../shared/environment.ts";
import type { TenantContext } from "../shared/tenant-context.ts";

/** Writes a text object with the tenant's credentials. */
export type PutText = (
  context: TenantContext,
  bucket: string,
  key: string,
  text: string,
  signal: AbortSignal,
) => Promise<void>;

const PUT_TIMEOUT_MS = 8000;

export function createPutText(env: Env, region: string): PutText {
  return (context, bucket, key, text, signal) =>
    within("document store", PUT_TIMEOUT_MS, signal, async (abortSignal) => {
      const client = context.once(
        "s3",
        (credentials) => new S3Client(clientSettings(env, region, credentials)),
      );
      const contentType = key.endsWith(".json") ? "application/json" : "text/plain; charset=utf-8";
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ContentType: contentType }),
        { abortSignal },
      );
    });
}
