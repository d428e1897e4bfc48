/** Processes that carry a mark in their environment, wherever they have gone; those of this test's own process group or not. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

export interface Found {
  readonly pid: number;
  readonly command: string;
}

/** Every living process whose environment has `NAME=value`. */
export function marked(mark: string): Found[] {
  if (!existsSync("/proc/self/environ")) {
    const list = execFileSync("ps", ["eww", "-axo", "pid=,command="], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    });
    return list
      .split("\n")
      .filter((line) => line.includes(mark))
      .map((line) => ({ pid: Number.parseInt(line, 10), command: line }));
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, "utf8").split("\0");
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return environment.includes(mark) ? [{ pid: Number(name), command }] : [];
      } catch {
        return []; // ended in the meantime
      }
    });
}
