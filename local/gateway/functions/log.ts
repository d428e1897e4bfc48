import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** Folder of the functions' logs below the account's. */
export const LOGS_FOLDER = "logs";

/** A function's log: one JSON object a line, in the fields of Lambda's JSON log format. */
export class FunctionLog {
  readonly #file: string;

  constructor(accountFolder: string, functionName: string) {
    const folder = join(accountFolder, LOGS_FOLDER);
    mkdirSync(folder, { recursive: true });
    this.#file = join(folder, `${functionName}.log`);
  }

  /** `message` that is a JSON object is kept as an object, so that structured logs stay searchable. */
  write(
    entry: { level: string; requestId: string; message: string } & Readonly<Record<string, unknown>>,
  ): void {
    const line = { timestamp: new Date().toISOString(), ...entry, message: structured(entry.message) };
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

function structured(text: string): unknown {
  if (!text.startsWith("{")) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
