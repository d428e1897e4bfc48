import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  LocalWorkspace,
  type Deployment,
  type EngineEvent,
  type OutputMap,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { configurationOf } from "../../policies/support/configuration.ts";
import { PACK } from "../judged.ts";
import { PROJECT } from "../paths.ts";
import { engineEnvironment } from "./environment.ts";
import { lockOf } from "./lock.ts";
import { reasonOf } from "./reason.ts";
import { endMarked, endStrays, newMark } from "./strays.ts";

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
  /** Folders of policy packs, which hold their configuration; they run on every preview and update. @default this project's */
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

export interface PreviewOptions extends UpdateOptions {
  readonly diff?: boolean;
}

/** Packs, and files with their configuration: as many as packs, or none. */
interface Judges {
  readonly policyPacks: string[];
  readonly policyPackConfigs: string[];
}

const NOBODY: Judges = { policyPacks: [], policyPackConfigs: [] };

/** The real Pulumi engine on the embedded account, with the policy pack on. */
export class Engine {
  readonly #stack: Stack;
  readonly #judges: Judges;
  /** Whether it is stack `local`: an account on this machine, to try the product. */
  readonly #trial: boolean;
  readonly #mark: Readonly<Record<string, string>>;
  readonly #isAbandoned: () => boolean;
  /** Everything that the engine said. */
  readonly log: string;

  private constructor(parts: {
    readonly stack: Stack;
    readonly judges: Judges;
    readonly mark: Readonly<Record<string, string>>;
    readonly isAbandoned: () => boolean;
    readonly log: string;
  }) {
    this.#stack = parts.stack;
    this.#judges = parts.judges;
    this.#trial = parts.stack.name === "local";
    this.#mark = parts.mark;
    this.#isAbandoned = parts.isAbandoned;
    this.log = parts.log;
  }

  /** @throws Error if a pack's configuration can't be read or is refused */
  static async open(options: EngineOptions): Promise<Engine> {
    const packs = options.policyPacks ?? [PACK];
    const judges: Judges = {
      policyPacks: [...packs],
      policyPackConfigs: packs.flatMap((pack) => configurationOf(pack, options.stack) ?? []),
    };
    mkdirSync(join(options.folder, "engine"), { recursive: true });
    endStrays(options.folder);
    const mark = newMark(options.folder);
    const project = options.project ?? PROJECT;
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: options.stack, workDir: project },
      {
        envVars: {
          ...engineEnvironment(options.folder, options.debugProviders),
          ...mark,
          ...(options.tenants === undefined ? {} : { BULKHEAD_TENANTS: options.tenants }),
        },
      },
    );
    const { name } = await stack.workspace.projectSettings();
    return new Engine({
      stack,
      judges,
      mark,
      isAbandoned: () => lockOf(join(options.folder, "engine"), name, options.stack) === "abandoned",
      log: join(options.folder, `pulumi-${options.stack}.log`),
    });
  }

  /** Previews, stops there on a violation, and updates. @throws EngineError */
  async up(options: UpdateOptions = {}): Promise<Update> {
    const start = performance.now();
    // Rules over several resources run when all are known: at the end of the preview, and so before anything is made.
    if (this.#judges.policyPacks.length > 0) await this.preview(options);
    if (this.#isAbandoned()) await this.#stack.cancel();
    const result = await this.#run(options, (onOutput) =>
      this.#stack.up({
        color: "never",
        // The embedded account knows at preview whatever a policy can say: a trial is not judged a second time.
        ...(this.#trial ? NOBODY : this.#judges),
        onOutput,
        ...given(options),
      }),
    );
    return {
      outputs: values(result.outputs),
      changes: result.summary.resourceChanges ?? {},
      seconds: (performance.now() - start) / 1000,
    };
  }

  /** @param options.diff write what differs, argument by argument, into the log @throws EngineError */
  async preview({ diff, ...options }: PreviewOptions = {}): Promise<Readonly<Record<string, number>>> {
    const result = await this.#run(options, (onOutput) =>
      this.#stack.preview({
        color: "never",
        ...this.#judges,
        onOutput,
        ...(diff === undefined ? {} : { diff }),
        ...given(options),
      }),
    );
    return result.changeSummary;
  }

  /** Deletes everything, or, if anything is protected, nothing. @throws EngineError */
  async destroy(options: UpdateOptions = {}): Promise<Update["changes"]> {
    if (this.#isAbandoned()) await this.#stack.cancel();
    const result = await this.#run(options, (onOutput) =>
      this.#stack.destroy({ color: "never", onOutput, ...given(options) }),
    );
    return result.summary.resourceChanges ?? {};
  }

  /** Compares the state with the account. @throws EngineError */
  async refresh(options: UpdateOptions = {}): Promise<Update["changes"]> {
    const result = await this.#run(options, (onOutput) =>
      this.#stack.refresh({ color: "never", onOutput, ...given(options) }),
    );
    return result.summary.resourceChanges ?? {};
  }

  /** What the engine knows of the stack, as `pulumi stack export` writes it. */
  async state(): Promise<Deployment> {
    return this.#stack.exportStack();
  }

  /** Takes a state for the stack's own. */
  async restore(state: Deployment): Promise<void> {
    await this.#stack.importStack(state);
  }

  /** The CLI's version. */
  get version(): string {
    return this.#stack.workspace.pulumiVersion;
  }

  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    return values(await this.#stack.outputs());
  }

  async #run<T>(
    { signal }: UpdateOptions,
    run: (onOutput: (text: string) => void) => Promise<T>,
  ): Promise<T> {
    // The CLI is told of an interrupt while it runs; one that came before would go unheard.
    signal?.throwIfAborted();
    const log = createWriteStream(this.log, { flags: "a" });
    try {
      return await run((text) => log.write(text));
    } catch (error) {
      endMarked(this.#mark);
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
