/**
 * Loaded into the command before its own code: ends it when the process that started it is gone, even by SIGKILL,
 * so that no deployment goes on without anyone watching.
 */
import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import process from "node:process";

const LIFELINE = 3;

if (isOpen()) {
  const lifeline = new Socket({ fd: LIFELINE });
  lifeline.on("error", () => undefined);
  lifeline.on("close", () => process.kill(process.pid, "SIGTERM"));
  lifeline.resume();
  lifeline.unref();
}

/** Absent where someone loads this file by hand. */
function isOpen() {
  try {
    const found = fstatSync(LIFELINE);
    return found.isSocket() || found.isFIFO();
  } catch {
    return false;
  }
}
