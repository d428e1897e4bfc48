import pLimit from "p-limit";

import { BulkheadError } from "../shared/errors.ts";
import { describeError, log } from "../shared/log.ts";
import type { Refusal, Subject, TenantOfBucket } from "./event.ts";
import { readEvent } from "./event.ts";
import type { Outcome } from "./reconcile.ts";
import { reconcile } from "./reconcile.ts";
import type { OpenTenant, TenantParts } from "./sessions.ts";

/** What became of an event. Refused records had no effect at all. */
export interface IngestResult {
  readonly documents: readonly { readonly bucket: string; readonly key: string; readonly outcome: Outcome }[];
  readonly refusals: readonly Refusal[];
}

/** Some documents could not be brought up to date now: the event has to be handled again, as Lambda does by itself. */
export class IngestIncomplete extends BulkheadError {
  override readonly name = "IngestIncomplete";
  override readonly code = "internal";
  override readonly status = 500;
  override readonly title = "The request could not be completed";
}

const CONCURRENT_DOCUMENTS = 4;

/**
 * Handles an S3 event: every document that it is about, each by itself, so that none holds up another.
 * @throws IngestIncomplete after all were tried, if a service failed for some of them
 */
export function createIngest(
  tenantOf: TenantOfBucket,
  openTenant: OpenTenant,
): (event: unknown, signal: AbortSignal) => Promise<IngestResult> {
  return async (event, signal) => {
    const { subjects, refusals } = readEvent(event, tenantOf);
    const documents: IngestResult["documents"][number][] = [];
    const refused: Refusal[] = [...refusals];
    const failures: unknown[] = [];

    const tenants = new Map<string, ReturnType<OpenTenant>>();
    const tenant = ({ tenantId, bucket }: Subject) => {
      const opening = tenants.get(bucket) ?? openTenant({ tenantId, bucket }, signal);
      tenants.set(bucket, opening);
      return opening;
    };
    const handle = async (subject: Subject) => {
      const { tenantId, bucket, key } = subject;
      try {
        const parts = await tenant(subject);
        if ("refused" in parts) {
          refused.push({ refused: parts.refused, bucket });
          return;
        }
        signal.throwIfAborted();
        const outcome = await reconcile(parts, key);
        documents.push({ bucket, key, outcome });
        log("audit", { function: "ingest", tenant: tenantId, bucket, key, outcome });
      } catch (error) {
        failures.push(error);
        log("error", { function: "ingest", tenant: tenantId, bucket, key, error: describeError(error) });
      }
    };
    const limit = pLimit(CONCURRENT_DOCUMENTS);
    await Promise.all(subjects.map((subject) => limit(() => handle(subject))));
    await closeAll(tenants.values());

    for (const refusal of refused) log("audit", { function: "ingest", outcome: "refused", ...refusal });
    if (failures.length > 0)
      throw new IngestIncomplete(`${failures.length} of ${subjects.length} documents could not be ingested`, {
        cause: failures[0],
      });
    return { documents, refusals: refused };
  };
}

async function closeAll(tenants: Iterable<ReturnType<OpenTenant>>): Promise<void> {
  const opened = await Promise.allSettled(tenants);
  const parts = opened.flatMap((each): TenantParts[] =>
    each.status === "fulfilled" && !("refused" in each.value) ? [each.value] : [],
  );
  await Promise.allSettled(parts.map((each) => each.close()));
}
