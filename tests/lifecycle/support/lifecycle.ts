/** A stack's whole life in one account: what every stack has to stand, whatever it deploys. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { ResourceRecord } from "../../../local/account/account.ts";
import { openEmbedded, type Embedded } from "../../../local/embedded.ts";
import { Engine, type EngineOptions, type Update } from "../../../local/engine/engine.ts";
import type { RunningGateway } from "../../../local/gateway/index.ts";
import { ProjectCopy } from "./project.ts";

export class Life {
  readonly project: ProjectCopy;
  readonly #stack: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "bulkhead-lifecycle-"));
  #embedded: Embedded | undefined;
  #engine: Engine | undefined;

  /** @param prepare gives the copy of the program what the stack needs */
  constructor(stack: string, prepare: (project: ProjectCopy) => void) {
    this.#stack = stack;
    this.project = new ProjectCopy();
    prepare(this.project);
  }

  /** @param folder of the program, in the project's */
  async begin(folder = "", options: Pick<EngineOptions, "policyPacks"> = {}): Promise<void> {
    this.#embedded = await openEmbedded({ folder: this.#folder, port: 0 });
    this.#engine = await this.open({ project: join(this.project.folder, folder), ...options });
  }

  /** Another engine on the same stack. */
  async open(options: Partial<EngineOptions>): Promise<Engine> {
    assert.ok(this.#embedded, "begin() comes first");
    const { debugProviders } = this.#embedded;
    const project = this.project.folder;
    return Engine.open({ folder: this.#folder, debugProviders, stack: this.#stack, project, ...options });
  }

  async end(): Promise<void> {
    await this.#embedded?.close();
    for (const each of [this.#folder, this.project.folder]) rmSync(each, { recursive: true, force: true });
  }

  get gateway(): RunningGateway {
    assert.ok(this.#embedded, "begin() comes first");
    return this.#embedded.gateway;
  }

  get engine(): Engine {
    assert.ok(this.#engine, "begin() comes first");
    return this.#engine;
  }

  /** What the account has: keys whose deletion is scheduled are gone. */
  resources(type?: string): readonly ResourceRecord[] {
    return (this.#embedded?.gateway.account.resources(type) ?? []).filter(
      ({ outputs }) => outputs["keyState"] !== "PendingDeletion",
    );
  }

  /** What the engine keeps of the stack, as it lies there. */
  stateFile(): string {
    const file = join(this.#folder, "engine", ".pulumi", "stacks", "bulkhead", `${this.#stack}.json`);
    return readFileSync(file, "utf8");
  }

  log(): string {
    return readFileSync(this.engine.log, "utf8");
  }
}

/** Says how long a step took: these are the slowest tests that there are. */
export async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  process.stdout.write(`      ${what}: ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  return result;
}

/** Whether an update left everything as it was. */
export function isUnchanged(changes: Update["changes"]): boolean {
  return Object.keys(changes).every((op) => op === "same");
}
