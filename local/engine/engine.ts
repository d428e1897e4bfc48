import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  LocalWorkspace,
  type EngineEvent,
  type OutputMap,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { PROJECT } from "../paths.ts";
import { engineEnvironment } from "./environment.ts";

export interface EngineOptions {
  /** The embedded account's folder: the engine's state and log are kept in it. */
  readonly folder: string;
  /** What PULUMI_DEBUG_PROVIDERS is set to. */
  readonly debugProviders: string;
  readonly stack: string;
  /** The folder of the program. @default this project */
  readonly project?: string;
  /** Folder of the tenants' files. @default the environment's in the project */
  readonly tenants?: string;
  /** Folders of policy packs; they run on every preview and update. @default this project's */
  readonly policyPacks?: readonly string[];
}

/** What an update did. */
export interface Update {
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Resources by what happened to them: `create`, `update`, `same`, `delete`, `replace`. */
  readonly changes: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** The engine stopped with an error: its own words, and where the whole log is. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly log: string;
  constructor(message: string, log: string, cause: unknown) {
    super(message, { cause });
    this.log = log;
  }
}

export interface UpdateOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: EngineEvent) => void;
}

/** The real Pulumi engine on the embedded account, with the policy pack on. */
export class Engine {
  readonly #stack: Stack;
  readonly #policyPacks: string[];
  /** Everything that the engine said. */
  readonly log: string;

  private constructor(stack: Stack, policyPacks: readonly string[], log: string) {
    this.#stack = stack;
    this.#policyPacks = [...policyPacks];
    this.log = log;
  }

  static async open(options: EngineOptions): Promise<Engine> {
    mkdirSync(join(options.folder, "engine"), { recursive: true });
    const project = options.project ?? PROJECT;
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: options.stack, workDir: project },
      {
        envVars: {
          ...engineEnvironment(options.folder, options.debugProviders),
          ...(options.tenants === undefined ? {} : { BULKHEAD_TENANTS: options.tenants }),
        },
      },
    );
    const log = join(options.folder, `pulumi-${options.stack}.log`);
    return new Engine(stack, options.policyPacks ?? [join(PROJECT, "policies")], log);
  }

  /** Previews, stops there on a violation, and updates. @throws EngineError */
  async up(options: UpdateOptions = {}): Promise<Update> {
    const start = performance.now();
    // Rules over several resources run when all are known: at the end of the preview, and so before anything is made.
    await this.preview(options);
    const result = await this.#logged((onOutput) =>
      this.#stack.up({ color: "never", policyPacks: this.#policyPacks, onOutput, ...given(options) }),
    );
    return {
      outputs: values(result.outputs),
      changes: result.summary.resourceChanges ?? {},
      seconds: (performance.now() - start) / 1000,
    };
  }

  /** @throws EngineError */
  async preview(options: UpdateOptions = {}): Promise<Readonly<Record<string, number>>> {
    const result = await this.#logged((onOutput) =>
      this.#stack.preview({ color: "never", policyPacks: this.#policyPacks, onOutput, ...given(options) }),
    );
    return result.changeSummary;
  }

  /** @throws EngineError */
  async destroy(options: UpdateOptions = {}): Promise<void> {
    await this.#logged((onOutput) => this.#stack.destroy({ color: "never", onOutput, ...given(options) }));
  }

  /** Frees the stack after a killed update. */
  async cancel(): Promise<void> {
    await this.#stack.cancel();
  }

  /** The CLI's version. */
  get version(): string {
    return this.#stack.workspace.pulumiVersion;
  }

  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    return values(await this.#stack.outputs());
  }

  async #logged<T>(run: (onOutput: (text: string) => void) => Promise<T>): Promise<T> {
    const log = createWriteStream(this.log, { flags: "a" });
    try {
      return await run((text) => log.write(text));
    } catch (error) {
      throw new EngineError(reasonOf(error), this.log, error);
    } finally {
      await new Promise<void>((done) => log.end(done));
    }
  }
}

function given({ signal, onEvent }: UpdateOptions): UpdateOptions {
  return { ...(signal ? { signal } : {}), ...(onEvent ? { onEvent } : {}) };
}

function values(outputs: OutputMap): Record<string, unknown> {
  return Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value as unknown]));
}

/** The lines of the engine's output that say what went wrong: its diagnostics and violations, without the resource table. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split("\n");
  const start = lines.findIndex((line) => /^(Diagnostics|Policies|Policy Violations):/.test(line));
  const end = lines.findIndex((line, index) => index > start && /^(Resources|Outputs|Duration):/.test(line));
  const told = start >= 0 ? lines.slice(start, end > start ? end : undefined) : lines;
  return told
    .filter((line) => line.trim() !== "")
    .slice(0, 60)
    .join("\n");
}
