/** A copy of the program in a folder of its own, so that a test can give it another stack, other tenants, or a fault. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT } from "../../../local/paths.ts";
import { copyProject } from "../../../local/review/copies.ts";

export class ProjectCopy {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "bulkhead-project-"));
    copyProject(PROJECT, this.folder);
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
