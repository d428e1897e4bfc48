import { fork, spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import process from "node:process";
import type { Readable } from "node:stream";

const NODE_FLAGS = ["--disable-warning=ExperimentalWarning"];
/** The end of what a child says that is told when it fails. */
const LAST_CHARACTERS = 2000;

/**
 * Runs a program of this folder in a new process, hands it `input`, and resolves to the one message that it sends back. What it
 * sends before, as `{ progress: text }`, is how far it is.
 * What it prints is thrown away: a bundle writes a log line for every request.
 * @throws Error with the child's last words
 */
export async function inChild<Output>(
  file: URL,
  input: object,
  {
    signal,
    env,
    progress,
  }: {
    readonly signal: AbortSignal;
    readonly env: Readonly<Record<string, string>>;
    readonly progress?: (text: string) => void;
  },
): Promise<Output> {
  const child = fork(file, {
    env,
    execArgv: NODE_FLAGS,
    serialization: "advanced",
    signal,
    killSignal: "SIGKILL",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const told = lastOf(child.stderr);
  try {
    return await new Promise<Output>((resolve, reject) => {
      child.on("error", reject);
      child.on("message", (message) => {
        const { progress: text } = message as { readonly progress?: unknown };
        if (typeof text === "string") progress?.(text);
        else resolve(message as Output);
      });
      child.on("exit", (code, ended) => {
        reject(new Error(`${file.pathname} ended (${ended ?? code ?? ""}) without a result.\n${told()}`));
      });
      child.send(input);
    });
  } finally {
    child.kill("SIGKILL");
  }
}

/** Runs a file in a new process to its end. @returns milliseconds @throws Error if it fails */
export async function timeOf(
  file: string,
  { signal, env }: { readonly signal: AbortSignal; readonly env: Readonly<Record<string, string>> },
): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, [file], {
    env,
    signal,
    killSignal: "SIGKILL",
    stdio: ["ignore", "ignore", "pipe"],
  });
  const told = lastOf(child.stderr);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", resolve);
  });
  const ms = performance.now() - start;
  if (code !== 0) throw new Error(`${file} ended with ${code ?? "a signal"}.\n${told()}`);
  return ms;
}

function lastOf(stream: Readable | null): () => string {
  let text = "";
  stream?.on("data", (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-LAST_CHARACTERS);
  });
  return () => text;
}
