/** Sections of the CLI's output that say what went wrong. */
const TELLS = /^(Diagnostics|Policies|Policy Violations):/;
const OTHER = /^(Resources|Outputs|Duration):/;
/** Frames of a program's stack trace: they are in the log, and tell its user nothing. */
const FRAME = /^\s+at (?:async )?\S.*[:)]\d*\)?$|^\s+at .*\(.*\)$/;
const MOST_LINES = 60;

/** The lines of the CLI's output that say what went wrong: its diagnostics and violations, without the resource table. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const killed = /Command was killed with (SIG\w+)/.exec(text)?.[1];
  if (killed !== undefined)
    return `The Pulumi CLI was ended by ${killed} before it was done. Run it again: it goes on from there.`;
  const lines = text.split("\n");
  const start = lines.findIndex((line) => TELLS.test(line));
  const end = lines.findIndex((line, index) => index > start && OTHER.test(line));
  const told = start >= 0 ? lines.slice(start, end > start ? end : undefined) : lines;
  return told
    .filter((line) => line.trim() !== "" && !FRAME.test(line))
    .slice(0, MOST_LINES)
    .join("\n");
}
