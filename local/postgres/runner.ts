/**
 * As whom PostgreSQL runs. It refuses to run as root, so that root lends it an account of the system that has no rights: no user is
 * added to the machine.
 */
import { createHash } from "node:crypto";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import type { Binaries } from "./binaries.ts";

export interface Runner {
  /** Undefined: as whoever runs this process. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
}

/** Of whom any system has one. */
const WITHOUT_RIGHTS = ["nobody", "postgres", "daemon"];
/** Where whoever PostgreSQL runs as can go, if the project's own folders are root's alone. It outlives a restart. */
const OPEN_FOLDER = "/var/tmp";

/** @throws Error if root has no account to lend */
export function findRunner(passwd = "/etc/passwd"): Runner {
  if (process.getuid?.() !== 0) return { ids: undefined };
  const accounts = existsSync(passwd)
    ? readFileSync(passwd, "utf8")
        .split("\n")
        .map((line) => line.split(":"))
    : [];
  for (const name of WITHOUT_RIGHTS) {
    const [, , uid, gid] = accounts.find(([each]) => each === name) ?? [];
    if (Number(uid) > 0) return { ids: { uid: Number(uid), gid: Number(gid) } };
  }
  throw new Error(
    `PostgreSQL does not run as root, and ${passwd} has no account to run it as (${WITHOUT_RIGHTS.join(", ")}). ` +
      "Run the command as another user, or add one: `useradd --system postgres`.",
  );
}

/** The folder for a database: in the account's own, unless root's folders are closed to the runner. Made if it is not there. */
export function databaseFolder(runner: Runner, wanted: string): string {
  if (!runner.ids) {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
    return wanted;
  }
  mkdirSync(wanted, { recursive: true });
  const folder = isOpenTo(runner, wanted) ? wanted : ownFolder(`data-${hash(wanted)}`);
  chownSync(folder, runner.ids.uid, runner.ids.gid);
  return folder;
}

/** Deletes what {@link databaseFolder} made. */
export function removeDatabaseFolder(wanted: string): void {
  rmSync(wanted, { recursive: true, force: true });
  rmSync(join(OPEN_FOLDER, ownName(), `data-${hash(wanted)}`), { recursive: true, force: true });
}

/** The programs, where the runner can execute them: a copy, if the packages are root's alone. */
export function programs(runner: Runner, { folder }: Binaries): string {
  if (!runner.ids || isOpenTo(runner, join(folder, "bin"))) return folder;
  const { mtimeMs, size } = statSync(join(folder, "bin", "postgres"));
  const copy = join(ownFolder("programs"), hash(`${folder} ${mtimeMs} ${size}`));
  if (existsSync(copy)) return copy;
  const half = `${copy}.${process.pid}`;
  cpSync(folder, half, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(half, copy);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (!existsSync(copy)) throw error; // another process was faster
  }
  return copy;
}

/** The least length, of all systems, that an address of a socket may have; the file's own name is 14 of it. */
const MAX_SOCKET_PATH = 103;

/** A folder for the server's socket that nobody else can look into. */
export function socketFolderFor(runner: Runner): string {
  const own = realpathSync(tmpdir());
  const fits = own.length + "/bh-pg-123456/.s.PGSQL.5432".length <= MAX_SOCKET_PATH && isOpenTo(runner, own);
  const folder = mkdtempSync(join(fits ? own : "/tmp", "bh-pg-"));
  if (runner.ids) chownSync(folder, runner.ids.uid, runner.ids.gid);
  return folder;
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);
const ownName = (): string => `bulkhead-${process.getuid?.() ?? 0}`;

/** A folder that nobody else could have made to be taken for ours. */
function ownFolder(part: string): string {
  const own = join(OPEN_FOLDER, ownName());
  mkdirSync(own, { recursive: true, mode: 0o711 });
  if (statSync(own).uid !== process.getuid?.())
    throw new Error(`${own} is somebody else's: delete it, or run the command as another user.`);
  const folder = join(own, part);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}

/** Whether the runner gets to a folder: it has to be let through each folder above it. */
export function isOpenTo({ ids }: Runner, folder: string): boolean {
  if (!ids) return true;
  const { mode, uid, gid } = statSync(folder);
  const through = uid === ids.uid ? 0o100 : gid === ids.gid ? 0o010 : 0o001;
  const above = dirname(folder);
  return (mode & through) !== 0 && (above === folder || isOpenTo({ ids }, above));
}
