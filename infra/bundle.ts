import { buildSync } from "esbuild";
import { join } from "node:path";
import type { FunctionName } from "../runtime/contract/names.ts";

/** Lambda's handler setting for every bundle. */
export const HANDLER = "index.handler";
/** Lambda's runtime for every function. */
export const RUNTIME = "nodejs22.x";

/**
 * Bundles `runtime/<fn>/handler.ts` with all it imports into one CommonJS file and returns its folder. The output is
 * the same for the same sources, so a function changes only when its code does.
 */
export function bundleFunction(root: string, fn: FunctionName): string {
  const folder = join(root, ".bulkhead", "bundles", fn);
  buildSync({
    absWorkingDir: root,
    entryPoints: [join("runtime", fn, "handler.ts")],
    outfile: join(folder, "index.js"),
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    minify: true,
    legalComments: "none",
    logLevel: "error",
  });
  return folder;
}
