import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { FUNCTIONS, type FunctionName } from "../../runtime/contract/names.ts";
import { measured, type Measured, type Surroundings } from "../benchmark.ts";
import { differences, median, type Pair } from "../statistics.ts";
import { bundlesIn, ENVIRONMENT } from "../support/bundles.ts";
import { timeOf } from "../support/child.ts";

export const coldImportId = (fn: FunctionName): string => `cold-import-${fn}-ms`;
/** The authorizer's, which has a goal: every cold start of a request pays it. */
export const AUTHORIZER_COLD_IMPORT = "authorizer-cold-import-ms";

const ROUNDS = 15;

/** Wall time of a new process that imports a bundle and ends, less one that imports nothing, turn by turn. */
export async function coldImport(surroundings: Surroundings): Promise<readonly Measured[]> {
  const { folder, signal, wanted, progress } = surroundings;
  const bundles = bundlesIn(folder);
  const empty = join(folder, "empty.cjs");
  writeFileSync(empty, "");
  const functions = FUNCTIONS.filter((fn) => idsOf(fn).some((id) => wanted.has(id)));
  const pairs = new Map<FunctionName, Pair[]>(functions.map((fn) => [fn, []]));
  const time = (file: string) => timeOf(file, { signal, env: ENVIRONMENT });
  // Once unseen: the first import reads from the disk.
  for (const fn of functions) await time(bundles[fn].file);
  for (let round = 0; round < ROUNDS; round++) {
    progress(`round ${round + 1} of ${ROUNDS}`);
    for (const fn of functions) {
      // The baseline comes first in one turn and last in the next.
      const before = round % 2 === 0 ? await time(empty) : undefined;
      const subject = await time(bundles[fn].file);
      pairs.get(fn)?.push({ subject, baseline: before ?? (await time(empty)) });
    }
  }
  return [...pairs].flatMap(([fn, turns]) => {
    const floor = median(turns.map(({ baseline }) => baseline)).toFixed(1);
    const baseline = `less a new process that imports nothing: ${floor} ms`;
    return idsOf(fn).map((id) => measured(id, differences(turns), baseline));
  });
}

function idsOf(fn: FunctionName): readonly string[] {
  return fn === "authorizer" ? [AUTHORIZER_COLD_IMPORT, coldImportId(fn)] : [coldImportId(fn)];
}
