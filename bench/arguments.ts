import { parseArgs } from "node:util";

export const USAGE = `Usage: npm run bench [-- OPTIONS]

Measures, each figure against a baseline of the same run, and says which goals are met.
Exit code 0 if everything could be measured, whether or not goals are met.

  --json FILE    write the report as JSON
  --only ID...   these figures alone
  --strict       exit code 1 also if a goal is missed
  --list         show ids and goals, and measure nothing
  --help         show this
`;

export interface Options {
  readonly json: string | undefined;
  /** In the order in which they were named; empty: all. */
  readonly only: readonly string[];
  readonly strict: boolean;
  readonly list: boolean;
  readonly help: boolean;
}

/** @throws Error that names what is wrong */
export function readArguments(args: readonly string[], known: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const { json, only = [], strict = false, list = false, help = false } = values;
  // `--only a b c` and `--only a --only b` alike: what follows an id without a dash is another id.
  const ids = only.length > 0 ? [...only, ...positionals] : [];
  if (only.length === 0 && positionals.length > 0)
    throw new Error(`${JSON.stringify(positionals[0])} is not an option. To measure it alone: --only ID`);
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length > 0)
    throw new Error(
      `There is no benchmark ${unknown.map((id) => JSON.stringify(id)).join(", ")}. There are:\n${known.map((id) => `  ${id}`).join("\n")}`,
    );
  return { json, only: [...new Set(ids)], strict, list, help };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: "string" },
        only: { type: "string", multiple: true },
        strict: { type: "boolean" },
        list: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, {
      cause: error,
    });
  }
}
