/** `npm run bench`: measures, shows the figures with their goals, and writes the report. */
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { interruptible } from "../local/commands/interrupt.ts";
import { main } from "../local/commands/main.ts";
import { Screen } from "../local/demo/screen.ts";
import { readArguments, USAGE } from "./arguments.ts";
import type { Benchmark, Measured } from "./benchmark.ts";
import { CATALOGUE, type Entry } from "./catalogue.ts";
import { goalText, linesOf, type Report, type Result, resultOf, thisMachine, verdictOf } from "./report.ts";

await main(() => interruptible(run));

async function run(signal: AbortSignal): Promise<number> {
  const known = CATALOGUE.map(({ id }) => id);
  const { json, only, strict, list, help } = readArguments(process.argv.slice(2), known);
  const screen = new Screen();
  if (help) {
    screen.line(USAGE.trimEnd());
    return 0;
  }
  if (list) {
    for (const { id, unit, goal } of CATALOGUE)
      screen.line(`${id.padEnd(34)}${unit.padEnd(11)}${goalText(goal)}`);
    return 0;
  }
  // Told now, and not after minutes of measuring.
  if (json !== undefined) checkWritable(json);

  const machine = thisMachine();
  screen.line(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}`);
  const wanted = CATALOGUE.filter(({ id }) => only.length === 0 || only.includes(id));
  const { results, failures } = await measureAll(wanted, screen, signal);
  const report: Report = { machine, results };
  if (json !== undefined) {
    writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
    screen.line(`\nReport: ${json}`);
  }
  const missed = results.filter((result) => verdictOf(result) === "missed").length;
  const met = results.filter((result) => verdictOf(result) === "met").length;
  screen.line(
    `\nbench: ${results.length} figures, ${met} goals met, ${missed} missed, ${failures} not measured`,
  );
  return failures > 0 || (strict && missed > 0) ? 1 : 0;
}

/** One benchmark after the other: side by side they would measure each other. */
async function measureAll(wanted: readonly Entry[], screen: Screen, signal: AbortSignal) {
  const results: Result[] = [];
  let failures = 0;
  for (const [benchmark, entries] of Map.groupBy(wanted, ({ by }) => by)) {
    signal.throwIfAborted();
    try {
      const figures = await measure(benchmark, entries, screen, signal);
      for (const entry of entries) {
        const figure = figures.find(({ id }) => id === entry.id);
        if (figure === undefined) throw new Error(`nothing measured ${entry.id}`);
        const result = resultOf(entry, figure);
        results.push(result);
        show(screen, result);
      }
    } catch (error) {
      signal.throwIfAborted();
      failures += entries.length;
      const ids = entries.map(({ id }) => id).join(", ");
      screen.failed(`${ids}: not measured. ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { results, failures };
}

async function measure(
  benchmark: Benchmark,
  entries: readonly Entry[],
  screen: Screen,
  signal: AbortSignal,
): Promise<readonly Measured[]> {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-bench-"));
  const ids = entries.map(({ id }) => id);
  const name = ids.length > 1 ? `${ids[0] ?? ""} and ${ids.length - 1} more` : (ids[0] ?? "");
  try {
    screen.status(name);
    return await benchmark({
      signal,
      folder,
      wanted: new Set(ids),
      progress: (text) => {
        screen.status(`${name}: ${text}`);
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function show(screen: Screen, result: Result): void {
  const [figure, detail] = linesOf(result);
  const verdict = verdictOf(result);
  if (verdict === "missed") screen.failed(figure);
  else if (verdict === "met") screen.done(figure);
  else screen.line(`  · ${figure}`);
  screen.line(screen.style("dim", `      ${detail}`));
}

/** @throws Error if the report's folder is not there or can't be written to */
function checkWritable(file: string): void {
  const folder = dirname(resolve(file));
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    throw new Error(
      `The report can't be written to ${file}: the folder ${folder} can't be written to (${code}).`,
      {
        cause: error,
      },
    );
  }
}
