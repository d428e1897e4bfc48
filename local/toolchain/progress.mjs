/** Visible progress of the set-up: a spinner on a terminal, plain lines with the elapsed time anywhere else. */
import process from "node:process";
import { clearInterval, setInterval } from "node:timers";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const SPIN_MS = 100;
/** How often a log file learns that a long step is still at it. */
const REMIND_MS = 20_000;

/**
 * @typedef {object} Step
 * @property {(text: string) => void} note says what the step is doing now
 * @property {(text: string) => void} done ends it well
 * @property {(text: string) => void} fail ends it badly
 */

/**
 * Steps write to standard error, so that a command's own output stays clean. A step shows up with its first note:
 * one that finds everything in place says nothing.
 * @param {{ write(text: string): unknown, isTTY?: boolean | undefined }} [stream]
 * @param {NodeJS.ProcessEnv} [env] `NO_COLOR` and `TERM=dumb` are respected
 */
export function createProgress(stream = process.stderr, env = process.env) {
  const live = stream.isTTY === true && env["TERM"] !== "dumb" && !env["CI"];
  const colour = live && !env["NO_COLOR"];
  const began = Date.now();
  /** @type {Map<string, { text: string, since: number }>} */
  const running = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let frame = 0;

  /** @param {number} since */
  const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(0)} s`;
  /** @param {string} code @param {string} text */
  const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const clear = () => (live ? stream.write("\r\u001b[2K") : undefined);
  const status = () => [...running].map(([name, { text, since }]) => `${name}: ${text} (${seconds(since)})`);
  const spin = () => {
    frame = (frame + 1) % FRAMES.length;
    clear();
    const width = process.stderr.columns || 80;
    stream.write(`${FRAMES[frame]} ${status().join(" · ")}`.slice(0, width - 1));
  };
  /** @param {string} text */
  const line = (text) => {
    clear();
    stream.write(`${text}\n`);
  };
  const remind = () => status().forEach((text) => line(`[${seconds(began)}] still at it: ${text}`));
  const tick = () => {
    if (running.size > 0) timer ??= setInterval(live ? spin : remind, live ? SPIN_MS : REMIND_MS);
    else {
      clearInterval(timer);
      timer = undefined;
      clear();
    }
  };

  return {
    /**
     * @param {string} name
     * @returns {Step}
     */
    step(name) {
      /** @param {string} mark @param {string} text */
      const end = (mark, text) => {
        const known = running.get(name);
        running.delete(name);
        tick();
        line(`${mark} ${name}: ${text}${known ? ` (${seconds(known.since)})` : ""}`);
      };
      return {
        note(text) {
          const known = running.get(name);
          if (known?.text === text) return;
          running.set(name, { text, since: known?.since ?? Date.now() });
          if (!live) line(`[${seconds(began)}] ${name}: ${text}`);
          tick();
        },
        done: (text) => end(paint("32", "✔"), text),
        fail: (text) => end(paint("31", "✘"), text),
      };
    },
    /** Stops the spinner; nothing is shown after it. */
    close() {
      running.clear();
      tick();
    },
  };
}
