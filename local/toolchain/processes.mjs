/** Child processes: each in a group of its own, so that one signal ends it with everything that it started. */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import process from "node:process";
import { clearTimeout, setTimeout } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";

const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
/** A terminal's Ctrl-C comes from the kernel and again from npm: within this time it is one signal, later the user insists. */
const SAME_SIGNAL_MS = 400;
/** What a group has to end in before it is killed. */
const GRACE_MS = 3000;

/**
 * @typedef {object} Outcome
 * @property {boolean} ok
 * @property {string} output standard output (captured) or the log's text (logged)
 * @property {string} reason empty when ok; else one line that says why
 */

/** The command that the user asked for, once it runs. @type {import("node:child_process").ChildProcess | undefined} */
let foreground;
/** Whether a signal has come during the set-up. */
let stopping = false;
/** Background work that a signal ends. @type {Set<import("node:child_process").ChildProcess>} */
const background = new Set();
/** What a signal undoes before this process ends. @type {Set<() => void>} */
const cleanups = new Set();

/**
 * Runs a helper program to its end, with its output in memory or in a log file. Never throws.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env: NodeJS.ProcessEnv, cwd?: string, timeoutMs: number, log?: string }} options
 * @returns {Promise<Outcome>}
 */
export function runQuietly(command, args, { env, cwd, timeoutMs, log }) {
  return new Promise((resolve) => {
    // Nothing new is begun, and nothing goes on, once a signal has come: the promise stays open.
    if (stopping) return;
    const file = log === undefined ? undefined : openLog(log);
    let text = "";
    let late = false;
    const child = spawn(command, args, { env, cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    background.add(child);
    const timer = setTimeout(() => {
      late = true;
      void endGroup(child.pid);
    }, timeoutMs);
    /** @param {Buffer} chunk */
    const take = (chunk) => {
      text += chunk.toString();
      if (file !== undefined) writeSync(file, chunk);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    /** @param {string} reason */
    const end = (reason) => {
      // A program that can't be started is told twice, by "error" and by "close".
      if (!background.delete(child)) return;
      clearTimeout(timer);
      if (file !== undefined) closeSync(file);
      if (!stopping) resolve({ ok: reason === "", output: text, reason });
    };
    child.on("error", (error) =>
      end("code" in error && error.code === "ENOENT" ? `${command} was not found` : error.message),
    );
    child.on("close", (code, signal) => {
      if (late) end(`did not end within ${Math.round(timeoutMs / 1000)} s`);
      else if (code === 0) end("");
      else end(lastWords(text) || (signal ? `ended by ${signal}` : `exit code ${code}`));
    });
  });
}

/**
 * Runs the command that the user asked for, on this terminal, and leaves nothing of it behind.
 * Signals reach it exactly once: it is outside this terminal's group, and what arrives here is handed on.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env: NodeJS.ProcessEnv, cwd?: string }} options
 * @returns {Promise<number>} its exit code, or 128 + the number of the signal that ended it
 */
export async function runInForeground(command, args, { env, cwd }) {
  // The last descriptor is a lifeline: it closes when this process dies, whatever it dies of (see lifeline.mjs).
  const child = spawn(command, args, {
    env,
    cwd,
    detached: true,
    stdio: ["inherit", "inherit", "inherit", "pipe"],
  });
  foreground = child;
  /** @type {number} */
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (exit, signal) => resolve(exit ?? exitCodeOf(signal)));
  });
  foreground = undefined;
  await endGroup(child.pid);
  return code;
}

/**
 * Says what is to be undone if a signal ends this process before `forget` is called.
 * @param {() => void} cleanup synchronous
 * @returns {() => void} forget
 */
export function onInterrupt(cleanup) {
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

/** Hands signals on to the command in the foreground; during the set-up, ends what runs and undoes what is half done. */
export function handleSignals() {
  let last = 0;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      const again = Date.now() - last < SAME_SIGNAL_MS;
      last = Date.now();
      if (foreground) {
        if (!again) foreground.kill(signal);
        return;
      }
      if (stopping) return;
      stopping = true;
      void Promise.all([...background].map((child) => endGroup(child.pid))).then(() => {
        cleanups.forEach((cleanup) => cleanup());
        process.exit(exitCodeOf(signal));
      });
    });
  }
}

/**
 * Ends what is left of a process group: politely, then for good.
 * @param {number | undefined} group the id of the process that leads it
 */
async function endGroup(group) {
  if (group === undefined || !signalGroup(group, "SIGTERM")) return;
  const deadline = Date.now() + GRACE_MS;
  while (signalGroup(group, 0)) {
    if (Date.now() > deadline) {
      signalGroup(group, "SIGKILL");
      return;
    }
    await sleep(20);
  }
}

/**
 * @param {number} group
 * @param {NodeJS.Signals | 0} signal
 * @returns {boolean} whether anything of the group is still there
 */
function signalGroup(group, signal) {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/** @param {NodeJS.Signals | null} signal */
function exitCodeOf(signal) {
  return 128 + (signal ? constants.signals[signal] : 0);
}

/** @param {string} log */
function openLog(log) {
  mkdirSync(dirname(log), { recursive: true });
  return openSync(log, "w");
}

/**
 * The last line that says something: what a program that fails prints last is mostly why.
 * @param {string} text
 */
function lastWords(text) {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("npm error A complete log")).pop() ?? "";
}
