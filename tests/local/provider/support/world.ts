import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProviders } from "../../../../local/provider/index.ts";
import { engine as startEngine, type Engine } from "./engine.ts";
import { memoryGateway, type MemoryGateway } from "./memory-gateway.ts";

/** The real engine on a program of its own, with the embedded account's providers over an account in memory. */
export interface World {
  /** Holds `project`, and the account's files in `account`. */
  readonly folder: string;
  readonly gateway: MemoryGateway;
  readonly engine: Engine;
  close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-engine-"));
  const gateway = memoryGateway(join(folder, "account"));
  const providers = await startProviders(gateway);
  const engine = await startEngine(folder, providers.debugProviders);
  const created = await engine.run(["stack", "init"]);
  assert.equal(created.code, 0, created.output);
  return {
    folder,
    gateway,
    engine,
    close: async () => {
      await providers.close();
      gateway.account.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
