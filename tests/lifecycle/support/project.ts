/** A copy of the program in a folder of its own, so that a test can give it another stack, other tenants, or a fault. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT } from "../../../local/paths.ts";

/** What is no source. */
const NOT_COPIED = new Set([".bulkhead", ".git", "node_modules"]);

export class ProjectCopy {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "bulkhead-project-"));
    for (const entry of readdirSync(PROJECT))
      if (!NOT_COPIED.has(entry)) cpSync(join(PROJECT, entry), join(this.folder, entry), { recursive: true });
    symlinkSync(join(PROJECT, "node_modules"), join(this.folder, "node_modules"));
  }

  write(file: string, text: string): void {
    mkdirSync(join(this.folder, file, ".."), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  remove(file: string): void {
    rmSync(join(this.folder, file));
  }

  /** Replaces a text that has to be there, once. */
  edit(file: string, from: string, to: string): void {
    const text = readFileSync(join(this.folder, file), "utf8");
    if (text.split(from).length !== 2) throw new Error(`${file} has not exactly one ${JSON.stringify(from)}`);
    this.write(
      file,
      text.replace(from, () => to),
    );
  }
}
