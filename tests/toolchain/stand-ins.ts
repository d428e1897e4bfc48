import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the stand-ins' scripts may use besides the shell's own commands. */
const BASICS = ["sh", "mkdir", "chmod", "sleep", "cat", "env"];

/** An empty machine in a temporary folder: a home, and a PATH on which there is only what a test puts there. */
export interface Machine {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Puts a shell script on the PATH; it first writes its name and arguments down. */
  program(name: string, script?: string): void;
  /** The same in another folder. */
  programIn(folder: string, name: string, script?: string): void;
  /** What was called, one line a call. */
  calls(): string[];
  remove(): void;
}

export function makeMachine(): Machine {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-machine-"));
  const path = join(folder, "path");
  const basics = join(folder, "basics");
  const calls = join(folder, "calls");
  mkdirSync(join(folder, "home"));
  for (const bin of [path, basics]) mkdirSync(bin);
  for (const name of BASICS) symlinkSync(whereIs(name), join(basics, name));
  const programIn = (bin: string, name: string, script = "exit 0"): void => {
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> "${calls}"\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  return {
    folder,
    env: { HOME: join(folder, "home"), PATH: `${path}:${basics}` },
    program: (name, script) => {
      programIn(path, name, script);
    },
    programIn,
    calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A step that keeps what it was told. */
export function recordingStep() {
  const told: string[] = [];
  const tell = (text: string): void => void told.push(text);
  return { told, note: tell, done: tell, fail: tell };
}

function whereIs(name: string): string {
  return execFileSync("/bin/sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
}
