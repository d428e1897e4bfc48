/** Finds words in what a system writes down for others than their owner: logs, decisions, queues. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Account } from "../../local/account/account.ts";

export interface Secret {
  readonly what: string;
  readonly text: string;
}

/** Whatever a person who looks after the account can read: functions' logs, decisions, the gateway's own log, and what waits in queues. */
export function writtenDown(folder: string, account: Account): Readonly<Record<string, string>> {
  const logs = join(folder, "logs");
  const files = [
    ...(existsSync(logs) ? readdirSync(logs).map((file) => join("logs", file)) : []),
    ...readdirSync(folder).filter((file) => file.endsWith(".log")),
  ];
  const tables = ["sqs-messages", "lambda-events", "s3-events"];
  return {
    ...Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), "utf8")])),
    ...Object.fromEntries(
      tables.map((table) => [table, JSON.stringify([...account.table<unknown>(table).entries()])]),
    ),
  };
}

/** Where a secret is written, plainly, as base64 at any offset, or percent-encoded: one line for each place. */
export function leaks(written: Readonly<Record<string, string>>, secrets: readonly Secret[]): string[] {
  return Object.entries(written).flatMap(([place, text]) => {
    const lower = text.toLowerCase();
    return secrets.flatMap(({ what, text: secret }) => {
      const plain = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
      const found =
        plain.some((form) => lower.includes(form.toLowerCase())) ||
        base64Forms(secret).some((form) => text.includes(form));
      return found ? [`${what} in ${place}`] : [];
    });
  });
}

/** What a text is in base64 wherever it begins, without the characters that its neighbours change. */
function base64Forms(text: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from(" ".repeat(offset) + text)
      .toString("base64")
      .replaceAll("=", "");
    return encoded.slice(offset === 0 ? 0 : offset + 1, -1);
  });
}
