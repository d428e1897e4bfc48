/** Brings docs/isolation.md up to date with the proof: `node policies/isolation-document.ts`. */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { generated } from "./isolation/prove/document.ts";

export const ISOLATION_FILE = fileURLToPath(new URL("../docs/isolation.md", import.meta.url));

/** What the file should say. */
export function isolationDocument(): string {
  return generated(readFileSync(ISOLATION_FILE, "utf8"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(ISOLATION_FILE, isolationDocument());
