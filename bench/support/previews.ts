import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { type Embedded, openEmbedded } from "../../local/embedded.ts";
import { Engine } from "../../local/engine/engine.ts";
import { LOCAL_STACK } from "../../local/paths.ts";
import type { Pair } from "../statistics.ts";

/** What the engine was asked to make. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  /** False for a component, which exists in the engine only. */
  readonly custom: boolean;
  /** As the program gave them; what is unknown until an update is the engine's mark for that. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface Program {
  /** @default this project */
  readonly project?: string;
  readonly stack?: string;
  /** Folder of the tenants' files. */
  readonly tenants?: string;
  /** Folders of policy packs. @default none: the program alone is measured */
  readonly policyPacks?: readonly string[];
}

/** Previews by the real engine on an empty account. */
export class Previews {
  readonly #embedded: Embedded;
  readonly #signal: AbortSignal;

  private constructor(embedded: Embedded, signal: AbortSignal) {
    this.#embedded = embedded;
    this.#signal = signal;
  }

  /** @param folder is used for the account and the engine's state */
  static async open(folder: string, signal: AbortSignal): Promise<Previews> {
    return new Previews(await openEmbedded({ folder: join(folder, "account"), port: 0 }), signal);
  }

  close(): Promise<void> {
    return this.#embedded.close();
  }

  async engine({ project, stack = LOCAL_STACK, tenants, policyPacks = [] }: Program): Promise<Engine> {
    this.#signal.throwIfAborted();
    const { folder, debugProviders } = this.#embedded;
    return Engine.open({
      folder,
      debugProviders,
      stack,
      policyPacks,
      ...(project === undefined ? {} : { project }),
      ...(tenants === undefined ? {} : { tenants }),
    });
  }

  /** All that a preview would make, the stack itself left out. */
  async registered(engine: Engine): Promise<readonly Registered[]> {
    const found: Registered[] = [];
    await engine.preview({
      signal: this.#signal,
      onEvent: ({ resourcePreEvent }) => {
        const state = resourcePreEvent?.metadata.new;
        if (
          state === undefined ||
          state.type === "pulumi:pulumi:Stack" ||
          state.type.startsWith("pulumi:providers:")
        )
          return;
        found.push({
          type: state.type,
          name: state.urn.slice(state.urn.lastIndexOf("::") + 2),
          custom: state.custom ?? false,
          inputs: state.inputs,
        });
      },
    });
    return found;
  }

  /**
   * Times two in turns, so that what the machine does besides meets both alike.
   * @returns milliseconds, a pair for each round
   */
  async times(
    subject: Engine,
    baseline: Engine,
    rounds: number,
    progress: (text: string) => void,
  ): Promise<readonly Pair[]> {
    const pairs: Pair[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`);
      const before = round % 2 === 0 ? await this.#time(baseline) : undefined;
      const time = await this.#time(subject);
      pairs.push({ subject: time, baseline: before ?? (await this.#time(baseline)) });
    }
    return pairs;
  }

  async #time(engine: Engine): Promise<number> {
    const start = performance.now();
    await engine.preview({ signal: this.#signal });
    return performance.now() - start;
  }
}
