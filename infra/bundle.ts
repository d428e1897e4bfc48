import { buildSync, type BuildOptions } from "esbuild";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FUNCTIONS, type FunctionName } from "../runtime/contract/names.ts";

/** Lambda's handler setting for every bundle. */
export const HANDLER = "index.handler";
/** Lambda's runtime for every function. */
export const RUNTIME = "nodejs22.x";

/** How a function's handler becomes one file: CommonJS, because some of what is bundled calls `require`. */
export const BUNDLING = {
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  minify: true,
  legalComments: "none",
  metafile: true,
} as const satisfies BuildOptions;

/** Where each function's bundle is, and the agent's: a folder with one `index.js`. */
export type Bundles = Readonly<Record<FunctionName | "agent", string>>;

/** Size and time of every file that went into the bundles. */
type Inputs = Readonly<Record<string, string>>;

/**
 * Bundles each `runtime/<fn>/handler.ts` with all it imports into one CommonJS file below `.bulkhead/bundles`. The output is
 * the same for the same sources, so a function changes only when its code does. An update follows its preview within
 * seconds: bundles whose sources have not been touched since are taken as they are.
 */
export function bundleFunctions(root: string): Bundles {
  const folder = join(root, ".bulkhead", "bundles");
  const record = join(folder, "inputs.json");
  // What the canary carries out is data: it reads the lists beside its code.
  cpSync(join(root, "tests", "scenarios", "attacks"), join(folder, "canary", "attacks"), { recursive: true });
  const bundles = Object.fromEntries([...FUNCTIONS, "agent"].map((of) => [of, join(folder, of)])) as Bundles;
  if (isCurrent(root, record, Object.values(bundles))) return bundles;
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: {
      ...Object.fromEntries(FUNCTIONS.map((fn) => [`${fn}/index`, join("runtime", fn, "handler.ts")])),
      "agent/index": join("runtime", "agent", "main.ts"),
    },
    outdir: folder,
    logLevel: "error",
    ...BUNDLING,
  });
  const inputs: Inputs = Object.fromEntries(
    [...Object.keys(metafile.inputs), "package-lock.json", "infra/bundle.ts"].map((file) => [
      file,
      stamp(join(root, file)),
    ]),
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(record, JSON.stringify(inputs));
  return bundles;
}

function isCurrent(root: string, record: string, folders: readonly string[]): boolean {
  if (!existsSync(record) || !folders.every((folder) => existsSync(join(folder, "index.js")))) return false;
  try {
    const inputs = JSON.parse(readFileSync(record, "utf8")) as Inputs;
    return Object.entries(inputs).every(([file, was]) => stamp(join(root, file)) === was);
  } catch {
    return false; // a record cut short, or a source that is gone
  }
}

function stamp(file: string): string {
  const { size, mtimeMs } = statSync(file);
  return `${size} ${mtimeMs}`;
}
