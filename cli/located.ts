import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Counterexample, Verdict } from "../policies/isolation/report/verdict.ts";

/** A tenant's file is one mapping: the line of its id is where a reader finds whose it is. */
const ID = /^id\s*:/;

/** The verdict with the line in each file that a counterexample names. @param project where the files are */
export function located(verdict: Verdict, project: string): Verdict {
  const lines = new Map<string, number | undefined>();
  const lineIn = (file: string): number | undefined => {
    if (!lines.has(file)) lines.set(file, lineOfId(join(project, file)));
    return lines.get(file);
  };
  const counterexamples = verdict.counterexamples.map((each): Counterexample => {
    const line = each.file === undefined || each.line !== undefined ? undefined : lineIn(each.file);
    return line === undefined ? each : { ...each, line };
  });
  return { ...verdict, counterexamples };
}

function lineOfId(file: string): number | undefined {
  try {
    const index = readFileSync(file, "utf8")
      .split("\n")
      .findIndex((line) => ID.test(line));
    return index < 0 ? undefined : index + 1;
  } catch {
    return undefined; // of another project, or gone
  }
}
