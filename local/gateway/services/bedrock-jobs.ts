/** Ingestion jobs: started, run one after the other's await, remembered. */
import { randomBytes } from "node:crypto";
import type { Account, ResourceRecord, Table } from "../../account/account.ts";
import { AwsError, type Gateway } from "../contract.ts";
import { emptyStatistics, ingest, type Statistics } from "./bedrock-ingestion.ts";
import { DocumentLedger } from "./bedrock-ledger.ts";
import { dataSourceId, notFound, readDataSource, readKnowledgeBase } from "./bedrock-records.ts";

export interface IngestionJob {
  readonly knowledgeBaseId: string;
  readonly dataSourceId: string;
  readonly ingestionJobId: string;
  readonly description?: string;
  readonly status: "STARTING" | "IN_PROGRESS" | "COMPLETE" | "FAILED";
  readonly statistics: Statistics;
  readonly failureReasons?: readonly string[];
  /** ISO 8601 */
  readonly startedAt: string;
  readonly updatedAt: string;
}

interface JobEntry {
  readonly job: IngestionJob;
  readonly clientToken?: string;
}

/** Service quota "Concurrent ingestion jobs per account". */
const MAX_RUNNING = 5;
const MAX_REASONS = 100;

export class IngestionJobs {
  readonly #gateway: Gateway;
  /** Under `<knowledge base>/<data source>/<job>`. */
  readonly #jobs: Table<JobEntry>;
  readonly #running = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
    this.#jobs = gateway.account.table("bedrock-jobs");
    for (const [key, entry] of [...this.#jobs.entries()])
      if (isRunning(entry.job)) {
        new DocumentLedger(gateway.account, entry.job.knowledgeBaseId, entry.job.dataSourceId).settle(
          "PENDING",
        );
        this.#save(key, entry, {
          status: "FAILED",
          failureReasons: ["The job was interrupted: the embedded account was stopped."],
        });
      }
  }

  /** @throws AwsError ConflictException, ServiceQuotaExceededException, ValidationException */
  start(
    knowledgeBaseRecord: ResourceRecord,
    dataSourceRecord: ResourceRecord,
    options: { readonly clientToken?: string; readonly description?: string },
  ): IngestionJob {
    const { clientToken, description } = options;
    const sourceId = dataSourceId(dataSourceRecord);
    const prefix = `${knowledgeBaseRecord.id}/${sourceId}/`;
    if (clientToken !== undefined)
      for (const [, entry] of this.#jobs.entries(prefix))
        if (entry.clientToken === clientToken) return entry.job;
    for (const key of this.#running.keys())
      if (key.startsWith(`${knowledgeBaseRecord.id}/`))
        throw new AwsError(
          "ConflictException",
          `An ingestion job of knowledge base ${knowledgeBaseRecord.id} is running; wait until it has ended.`,
          409,
        );
    if (this.#running.size >= MAX_RUNNING)
      throw new AwsError(
        "ServiceQuotaExceededException",
        `${MAX_RUNNING} ingestion jobs of this account are running; wait until one has ended.`,
        402,
      );
    const knowledgeBase = readKnowledgeBase(knowledgeBaseRecord);
    const source = readDataSource(dataSourceRecord);

    const now = new Date().toISOString();
    const ingestionJobId = randomBytes(5).toString("hex").toUpperCase();
    const key = prefix + ingestionJobId;
    const entry: JobEntry = {
      job: {
        knowledgeBaseId: knowledgeBase.id,
        dataSourceId: sourceId,
        ingestionJobId,
        status: "STARTING",
        statistics: emptyStatistics(),
        startedAt: now,
        updatedAt: now,
        ...(description === undefined ? {} : { description }),
      },
      ...(clientToken === undefined ? {} : { clientToken }),
    };
    this.#jobs.put(key, entry);
    const run = async (): Promise<void> => {
      // The answer goes out with STARTING first.
      await new Promise((resolve) => setImmediate(resolve));
      const statistics = emptyStatistics();
      const reasons: string[] = [];
      this.#save(key, entry, { status: "IN_PROGRESS" });
      try {
        await ingest({
          gateway: this.#gateway,
          knowledgeBase,
          source,
          statistics,
          failed: (reason) => reasons.length < MAX_REASONS && reasons.push(reason),
          signal: this.#stop.signal,
        });
        // Also with failed documents, which the statistics tell.
        this.#save(key, entry, { status: "COMPLETE", statistics, failureReasons: reasons });
      } catch (error) {
        const reason = this.#stop.signal.aborted
          ? "The job was interrupted: the embedded account was stopped."
          : reasonOf(error);
        this.#save(key, entry, { status: "FAILED", statistics, failureReasons: [reason, ...reasons] });
      } finally {
        this.#running.delete(key);
      }
    };
    this.#running.set(key, run());
    return entry.job;
  }

  /** @throws AwsError ResourceNotFoundException */
  get(knowledgeBaseId: string, sourceId: string, jobId: string): IngestionJob {
    const entry = this.#jobs.get(`${knowledgeBaseId}/${sourceId}/${jobId}`);
    if (!entry) throw notFound(`Ingestion job ${jobId} is not found.`);
    return entry.job;
  }

  /** Newest first. */
  list(knowledgeBaseId: string, sourceId: string): IngestionJob[] {
    return [...this.#jobs.entries(`${knowledgeBaseId}/${sourceId}/`)]
      .map(([, { job }]) => job)
      .sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  }

  /** Ends what runs; those jobs have failed. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running.values());
  }

  #save(key: string, { job, ...rest }: JobEntry, change: Partial<IngestionJob>): void {
    this.#jobs.put(key, { ...rest, job: { ...job, ...change, updatedAt: new Date().toISOString() } });
  }
}

/** Whether an ingestion job of a data source runs. */
export const runningJob = (account: Account, knowledgeBaseId: string, sourceId: string): boolean =>
  [...account.table<JobEntry>("bedrock-jobs").entries(`${knowledgeBaseId}/${sourceId}/`)].some(
    ([, { job }]) => isRunning(job),
  );

const isRunning = ({ status }: IngestionJob): boolean => status === "STARTING" || status === "IN_PROGRESS";

const reasonOf = (error: unknown): string =>
  error instanceof AwsError
    ? `${error.code}: ${error.message}`
    : `Internal error: ${error instanceof Error ? error.message : String(error)}`;
