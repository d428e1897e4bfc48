/**
 * Runs PostgreSQL for as long as the process that started this one lives: when that ends, by SIGKILL too, its end of the pipe closes,
 * and the server is told to end. A server whose own process forgot it would go on for ever.
 *
 * Arguments: a JSON object, see `Supervised` in server.ts.
 */
import { spawn } from "node:child_process";
import { closeSync, openSync, rmSync } from "node:fs";
import process from "node:process";
import { setTimeout } from "node:timers";

/** Until a server that was told to end is told so more urgently. */
const GRACE_MS = 5000;

/** @type {import("./server.ts").Supervised} */
const { program, args, ids, env, log, socketFolder } = JSON.parse(process.argv[2] ?? "");
const file = openSync(log, "a");
const server = spawn(program, args, { stdio: ["ignore", file, file], env, cwd: "/", ...ids });
closeSync(file);

/** @param {number} code */
const end = (code) => {
  rmSync(socketFolder, { recursive: true, force: true });
  process.exit(code);
};
server.on("error", () => {
  end(1);
});
server.on("exit", (code) => {
  end(code ?? 1);
});

let stopping = false;
const stop = () => {
  if (stopping) return;
  stopping = true;
  // Fast: connections are ended, what is committed is kept.
  server.kill("SIGINT");
  setTimeout(() => server.kill("SIGQUIT"), GRACE_MS);
  setTimeout(() => server.kill("SIGKILL"), 2 * GRACE_MS);
};
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, stop);
process.stdin.on("end", stop);
process.stdin.on("error", stop);
process.stdin.resume();
