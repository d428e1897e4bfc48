import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ACCOUNT_FILE } from "./account/account.ts";
import { startGateway, type RunningGateway } from "./gateway/index.ts";
import { isOccupied, occupy } from "./occupied.ts";
import { removeDatabases } from "./postgres/databases.ts";
import type { Place } from "./paths.ts";
import { realism } from "./realism.ts";
import { startProviders } from "./provider/index.ts";

/** A running embedded account: the gateway that serves AWS's APIs, and the provider that the engine attaches to. */
export interface Embedded {
  readonly folder: string;
  readonly gateway: RunningGateway;
  /** Value of PULUMI_DEBUG_PROVIDERS. */
  readonly debugProviders: string;
  close(): Promise<void>;
}

/** What another process needs to use a running account. */
export interface Running {
  readonly pid: number;
  readonly origin: string;
  readonly debugProviders: string;
}

const runningFile = (folder: string): string => join(folder, "running.json");

/**
 * Opens the account in `place.folder` and serves it. One process at a time serves a folder.
 * @throws Error that says what to do if the folder is served already or the port is taken.
 */
export async function openEmbedded(place: Place): Promise<Embedded> {
  const { folder, port } = place;
  const release = occupy(folder);
  if (!release) {
    const other = readRunning(folder);
    throw new Error(
      `The embedded account in ${folder} is served by ${other ? `process ${other.pid} already (${other.origin})` : "another process already"}. ` +
        `Stop that one, or set BULKHEAD_ACCOUNT to another folder and BULKHEAD_PORT to another port.`,
    );
  }
  // In the order in which they were opened; closed the other way round.
  const opened: (() => unknown)[] = [release];
  const close = async (): Promise<void> => {
    const faults: unknown[] = [];
    // One that can't be closed keeps the others from nothing.
    for (const each of opened.splice(0).reverse())
      try {
        await each();
      } catch (error) {
        faults.push(error);
      }
    if (faults.length > 0) throw faults[0];
  };
  try {
    const gateway = await startGateway({ folder, port, ...realism() });
    opened.push(() => gateway.close());
    const providers = await startProviders(gateway);
    opened.push(() => providers.close());
    const { debugProviders } = providers;
    opened.push(() => {
      rmSync(runningFile(folder), { force: true });
    });
    const running: Running = { pid: process.pid, origin: gateway.origin, debugProviders };
    writeFileSync(runningFile(folder), JSON.stringify(running));
    return { folder, gateway, debugProviders, close };
  } catch (error) {
    await close().catch(() => undefined); // what went wrong first is told
    throw error;
  }
}

/**
 * Forgets an account: what was deployed and stored in it is gone.
 * @throws Error if it is served now, or if the folder holds something else than an account.
 */
export function wipeEmbedded(folder: string): void {
  if (!existsSync(folder) || findRunning(folder)) return; // openEmbedded says what is wrong with a served one
  if (readdirSync(folder).length > 0 && !existsSync(join(folder, ACCOUNT_FILE))) {
    throw new Error(
      `${folder} holds something else than an embedded account: it is left alone. Set BULKHEAD_ACCOUNT to another folder.`,
    );
  }
  removeDatabases(folder);
  rmSync(folder, { recursive: true, force: true });
}

/** The other process that serves the folder, if there is one; what a killed process left behind does not count. */
export function findRunning(folder: string): Running | undefined {
  const running = readRunning(folder);
  return running && running.pid !== process.pid && isOccupied(folder) ? running : undefined;
}

function readRunning(folder: string): Running | undefined {
  try {
    return JSON.parse(readFileSync(runningFile(folder), "utf8")) as Running;
  } catch {
    return undefined; // none, or one that a killed process did not finish
  }
}
