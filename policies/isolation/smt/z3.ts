import type { Z3_context } from "z3-solver";

/** What of the WebAssembly module is used. */
interface Module {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  async_call(start: () => void): Promise<string>;
  ccall(name: string, returns: "void", types: readonly string[], args: readonly unknown[]): void;
}

/** z3 as WebAssembly in this process. It runs on threads of its own, which keep the process alive until `end`. */
export interface Z3 {
  /**
   * Runs commands in SMT-LIB. All run in one context, because another one takes longer to make than most questions to answer: what
   * is to be apart from what went before starts with `(reset)`.
   * @returns what z3 prints
   */
  evaluate(commands: string): Promise<string>;
  end(): Promise<void>;
}

export async function startZ3(): Promise<Z3> {
  const { init, killThreads } = await import("z3-solver");
  const api = await init({
    // Threads that end late say so: nobody asked.
    printErr: () => undefined,
  });
  const { Z3 } = api;
  const em = api.em as Module;
  const config = Z3.mk_config();
  const context = Z3.mk_context(config);
  Z3.del_config(config);
  return {
    evaluate: (commands) => run(em, context, commands),
    end: () => killThreads(em),
  };
}

/**
 * The package's own `eval_smtlib2_string` lays the text on the caller's stack and returns before z3's thread has read it: a long
 * one is overwritten meanwhile. On the heap it stays as it is.
 */
async function run(module: Module, context: Z3_context, commands: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${commands}\0`);
  const address = module._malloc(bytes.length);
  try {
    module.HEAPU8.set(bytes, address);
    return await module.async_call(() => {
      module.ccall("async_Z3_eval_smtlib2_string", "void", ["number", "number"], [context, address]);
    });
  } finally {
    module._free(address);
  }
}
