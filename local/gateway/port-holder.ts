import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTENING = "0A";

/** The process that listens on a TCP port of this machine, as far as the system tells this user; undefined elsewhere than on Linux. */
export function portHolder(port: number): { readonly pid: number; readonly command: string } | undefined {
  try {
    const inodes = ["tcp", "tcp6"].flatMap((table) => listeners(table, port));
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
      if (holds(pid, inodes)) return { pid: Number(pid), command: commandOf(pid) };
  } catch {
    // Not Linux, or not to be told.
  }
  return undefined;
}

/** A line has its local address and port (hexadecimal) second, its state fourth, its inode tenth. */
function listeners(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return readFileSync(`/proc/net/${table}`, "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) === true && fields[3] === LISTENING)
    .map((fields) => `socket:[${fields[9] ?? ""}]`);
}

function holds(pid: string, inodes: readonly string[]): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.includes(linkOf(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false; // another user's, or gone
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function commandOf(pid: string): string {
  const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
  return words.join(" ").slice(0, 80);
}
