import { FUNCTIONS, type FunctionName } from "../../runtime/contract/names.ts";
import { exact, type Measured, type Surroundings } from "../benchmark.ts";
import { bundlesIn } from "../support/bundles.ts";

export const bundleSizeId = (fn: FunctionName): string => `bundle-${fn}-kb`;

/** Size of each function's bundle, as it is unpacked. */
export function bundleSize({ folder }: Surroundings): Promise<readonly Measured[]> {
  const bundles = bundlesIn(folder);
  return Promise.resolve(
    FUNCTIONS.map((fn) => exact(bundleSizeId(fn), bundles[fn].bytes / 1000, "minified, not compressed")),
  );
}
