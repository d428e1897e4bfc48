/** One PostgreSQL server with its data in a folder, reached by a socket in a folder that is this process's alone. */
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Client, type ClientConfig } from "pg";
import { findBinaries } from "./binaries.ts";
import { databaseFolder, findRunner, programs, socketFolderFor, type Runner } from "./runner.ts";

export interface Server {
  /** How to connect as the superuser, whom AWS has for itself. */
  readonly superuser: ClientConfig;
  /** How to connect as anybody else. */
  readonly host: string;
  close(): Promise<void>;
}

/** What the supervisor is told. */
export interface Supervised {
  readonly program: string;
  readonly args: readonly string[];
  readonly ids: Runner["ids"];
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
  /** Removed at the end. */
  readonly socketFolder: string;
}

const SUPERUSER = "postgres";
/** Generous: a machine may be busy with other things. */
const START_MS = 120_000;
const STOP_MS = 20_000;

/**
 * A process that is killed loses nothing that was committed; a machine that loses its power may. Every login has a connection, and
 * each of its open transactions one more.
 */
const SETTINGS = {
  listen_addresses: "",
  max_connections: "200",
  shared_buffers: "32MB",
  fsync: "off",
  full_page_writes: "off",
  max_wal_size: "256MB",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  // As Aurora's parameter group has it: statements' values are in no log.
  log_statement: "none",
  log_min_error_statement: "panic",
  log_parameter_max_length: "0",
};

/** Locale and time zone are not this machine's. */
const ENVIRONMENT = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };

/**
 * Starts the server of a folder, after having made it if it is new.
 * @throws Error that says what is wrong, with the last lines of PostgreSQL's log
 */
export async function startServer(wanted: string): Promise<Server> {
  const runner = findRunner();
  const binaries = programs(runner, findBinaries());
  const folder = databaseFolder(runner, wanted);
  const log = `${wanted}.log`;
  const password = await initialised(folder, wanted, runner, binaries);
  await endLeftOver(folder);
  const socketFolder = socketFolderFor(runner);
  const settings = { ...SETTINGS, unix_socket_directories: socketFolder };
  const supervised: Supervised = {
    program: join(binaries, "bin", "postgres"),
    args: [
      "-D",
      join(folder, "data"),
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    ids: runner.ids,
    env: ENVIRONMENT,
    log,
    socketFolder,
  };
  // A session of its own: a terminal's Ctrl-C is for the gateway, which closes in order.
  const supervisor = spawn(
    process.execPath,
    [join(import.meta.dirname, "supervisor.mjs"), JSON.stringify(supervised)],
    { stdio: ["pipe", "ignore", "ignore"], detached: true, cwd: "/" },
  );
  let ended = false;
  const exit = new Promise<void>((resolve) => {
    const end = (): void => {
      ended = true;
      resolve();
    };
    supervisor.once("exit", end);
    supervisor.once("error", end);
  });
  // A supervisor that is gone takes no more.
  supervisor.stdin.on("error", () => undefined);
  const close = async (): Promise<void> => {
    supervisor.stdin.end();
    const timer = new AbortController();
    await Promise.race([exit, sleep(STOP_MS, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    if (!ended) supervisor.kill("SIGKILL");
  };
  const superuser = { host: socketFolder, user: SUPERUSER, password, database: SUPERUSER };
  try {
    await ready(superuser, () => ended);
  } catch (cause) {
    await close();
    throw new Error(`PostgreSQL did not start: ${lastLines(log)}. Its log: ${log}`, { cause });
  }
  return { superuser, host: socketFolder, close };
}

/** Makes the database cluster; one that was only begun is made again. @returns the superuser's password */
async function initialised(
  folder: string,
  wanted: string,
  runner: Runner,
  binaries: string,
): Promise<string> {
  const data = join(folder, "data");
  const secret = `${wanted}.superuser`;
  // Written last.
  if (existsSync(secret) && existsSync(data)) return readFileSync(secret, "utf8");
  rmSync(data, { recursive: true, force: true });
  const password = randomBytes(24).toString("base64url");
  const given = join(folder, "password");
  writeFileSync(given, password, { mode: 0o600 });
  if (runner.ids) chownSync(given, runner.ids.uid, runner.ids.gid);
  const authentication = ["--auth-local=scram-sha-256", "--auth-host=reject"];
  const options = [
    "--no-sync",
    "--no-instructions",
    "--encoding=UTF8",
    "--locale=C",
    "--username",
    SUPERUSER,
  ];
  try {
    await promisify(execFile)(
      join(binaries, "bin", "initdb"),
      ["-D", data, ...authentication, ...options, `--pwfile=${given}`],
      { env: ENVIRONMENT, cwd: "/", timeout: START_MS, ...runner.ids },
    );
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Error(`PostgreSQL's data folder ${data} could not be made: ${stderr.trim() || message}`, {
      cause: error,
    });
  } finally {
    rmSync(given, { force: true });
  }
  writeFileSync(secret, password, { mode: 0o600 });
  return password;
}

/** A server that outlived everything that would have ended it: the supervisor was killed too. */
async function endLeftOver(folder: string): Promise<void> {
  const file = join(folder, "data", "postmaster.pid");
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
  if (!(pid > 1) || !isServer(pid, folder)) {
    rmSync(file, { force: true });
    return;
  }
  process.kill(pid, "SIGINT");
  for (let waited = 0; waited < STOP_MS && isServer(pid, folder); waited += 50) await sleep(50);
}

/** Whether the process with this id is a server of this folder, and no later one's that was given the same id. */
function isServer(pid: number, folder: string): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(join(folder, "data"));
  } catch {
    // Where there is no /proc, PostgreSQL itself says so if another one runs.
    return false;
  }
}

async function ready(superuser: ClientConfig, hasEnded: () => boolean): Promise<void> {
  const start = performance.now();
  for (;;) {
    const client = new Client(superuser);
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (hasEnded() || performance.now() - start > START_MS) throw error;
      await sleep(25);
    }
  }
}

function lastLines(log: string): string {
  try {
    return readFileSync(log, "utf8").trim().split("\n").slice(-3).join(" / ") || "it said nothing";
  } catch {
    return "it said nothing";
  }
}
