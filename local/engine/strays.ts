import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";

/**
 * The Pulumi CLI ends the language host and the policy analyzer that it started, unless it is killed itself: then they
 * stay for good, in process groups of their own. They are known again by a mark in their environment.
 */
const VARIABLE = "BULKHEAD_ENGINE";

let runs = 0;

/** The mark of the engines that one process runs on an account, as an environment variable. */
export function newMark(folder: string): Readonly<Record<string, string>> {
  runs += 1;
  return { [VARIABLE]: `${accountOf(folder)}.${process.pid}.${runs}` };
}

/** Ends what an engine with this mark left behind; call it when its CLI has ended. */
export function endMarked(mark: Readonly<Record<string, string>>): void {
  for (const { pid, value } of marked()) if (value === mark[VARIABLE]) kill(pid);
}

/** Ends what engines left behind whose own process is gone: it was killed before it could end them. */
export function endStrays(folder: string): void {
  for (const { pid, value } of marked()) {
    const [account, owner] = value.split(".");
    if (account === accountOf(folder) && !isRunning(Number(owner))) kill(pid);
  }
}

/** Whether a process is there, be it another user's. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const accountOf = (folder: string): string =>
  createHash("sha256").update(resolve(folder)).digest("hex").slice(0, 16);

function marked(): { readonly pid: number; readonly value: string }[] {
  return environments().flatMap(({ pid, text }) => {
    const value = new RegExp(`(?:^|[\\0 ])${VARIABLE}=([0-9a-f]+\\.\\d+\\.\\d+)(?=[\\0 ]|$)`).exec(text)?.[1];
    return value === undefined || pid === process.pid ? [] : [{ pid, value }];
  });
}

/** The environments of this user's processes, as far as the system shows them. */
function environments(): { readonly pid: number; readonly text: string }[] {
  if (existsSync("/proc/self/environ")) {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          return [{ pid: Number(name), text: readFileSync(`/proc/${name}/environ`, "utf8") }];
        } catch {
          return []; // it has ended, or is another user's
        }
      });
  }
  try {
    const list = execFileSync("ps", ["eww", "-axo", "pid=,command="], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    return list.split("\n").map((line) => ({ pid: Number.parseInt(line, 10), text: line }));
  } catch {
    return []; // a system without ps
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
