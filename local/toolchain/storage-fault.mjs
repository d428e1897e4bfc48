/** Faults of a disk or a folder in words that tell their user what to do. Node's own modules only. */

/** By the system's code. */
const OF_SYSTEM = new Map([
  ["ENOSPC", "The disk is full"],
  ["EDQUOT", "The disk quota is used up"],
  ["EROFS", "The file system is read-only"],
  ["EACCES", "This user may not write or read there"],
  ["EPERM", "This user may not write or read there"],
  ["ENOTDIR", "A part of the path is a file, not a folder"],
  ["EEXIST", "A file stands where a folder has to be"],
  ["EIO", "The disk failed"],
]);
/** By SQLite's primary result code (https://sqlite.org/rescode.html). */
const OF_SQLITE = new Map([
  [5, "Another process is writing to the account"],
  [8, "The account's file is read-only"],
  [10, "The disk failed or is full"],
  [11, "The account's file is damaged"],
  [13, "The disk is full"],
  [14, "The account's file can't be opened"],
  [26, "The account's file is not a database"],
]);
const REMEDIES = new Map([
  ["The disk is full", "Make room there"],
  ["The disk failed or is full", "Make room there"],
  ["The disk quota is used up", "Make room there"],
  ["Another process is writing to the account", "Stop it"],
  [
    "The account's file is damaged",
    "Set BULKHEAD_ACCOUNT to another folder, or delete this one to start afresh",
  ],
  [
    "The account's file is not a database",
    "Set BULKHEAD_ACCOUNT to another folder, or delete this one to start afresh",
  ],
]);
const ELSE = "Choose another folder, or mend the rights on this one";

/**
 * @param {unknown} error
 * @param {string} [where] a path, for errors that name none
 * @returns {string | undefined} what went wrong, where, and what to do; undefined for an error of another kind
 */
export function storageFault(error, where) {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code, errcode, path } = /** @type {{ code?: string, errcode?: number, path?: string }} */ (
      /** @type {unknown} */ (each)
    );
    const what =
      code === "ERR_SQLITE_ERROR" ? OF_SQLITE.get((errcode ?? 0) & 0xff) : OF_SYSTEM.get(code ?? "");
    if (what === undefined) continue;
    const place = path ?? where;
    const remedy = REMEDIES.get(what) ?? ELSE;
    return `${what}${place === undefined ? "" : `: ${place}`}. ${remedy}, then run the same command again; what was stored before is kept.`;
  }
  return undefined;
}

/** @param {unknown} error */
export function isDiskFull(error) {
  return /^The disk (?:is full|quota)/.test(storageFault(error) ?? "");
}
