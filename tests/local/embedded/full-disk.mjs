/** Loaded before a program: once the file that BULKHEAD_TEST_FULL names is there, its disk is full, as the system and SQLite say it. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";

const { existsSync } = fs;
const isFull = () => existsSync(process.env["BULKHEAD_TEST_FULL"] ?? "");

/** @param {string} syscall */
const fault = (syscall) =>
  Object.assign(new Error(`ENOSPC: no space left on device, ${syscall}`), {
    code: "ENOSPC",
    errno: -28,
    syscall,
  });

for (const name of /** @type {const} */ (["writeSync", "writeFileSync", "appendFileSync", "mkdirSync"])) {
  const real = /** @type {(...args: unknown[]) => unknown} */ (fs[name]);
  Object.assign(fs, {
    [name]: (/** @type {unknown[]} */ ...args) => {
      // The pipes of standard output are no disk.
      if (isFull() && !(name === "writeSync" && Number(args[0]) <= 2)) throw fault("write");
      return real(...args);
    },
  });
}
const { open } = fs.promises;
fs.promises.open = async (...args) => {
  const handle = await open(...args);
  const { writeFile } = handle;
  handle.writeFile = async (...given) => {
    if (isFull()) throw fault("write");
    return writeFile.apply(handle, given);
  };
  return handle;
};
syncBuiltinESMExports();

// SQLite writes by itself: its own limit on pages makes it say what it says of a full disk.
const { prepare, exec } = DatabaseSync.prototype;
const limited = new WeakSet();
/** @param {DatabaseSync} db */
const limit = (db) => {
  if (isFull() === limited.has(db)) return;
  if (isFull()) limited.add(db);
  else limited.delete(db);
  exec.call(db, `PRAGMA max_page_count = ${isFull() ? 1 : 1_000_000}`);
};
DatabaseSync.prototype.prepare = function (/** @type {string} */ sql) {
  const statement = prepare.call(this, sql);
  const run = /** @type {(...args: unknown[]) => never} */ (statement.run);
  statement.run = (/** @type {unknown[]} */ ...args) => {
    limit(this);
    return run.apply(statement, args);
  };
  return statement;
};
