import type { AuthorizerInput } from "../children/authorizer.ts";
import { measured, type Measured, type Surroundings } from "../benchmark.ts";
import { median, type Pair, ratios } from "../statistics.ts";
import { bundlesIn } from "../support/bundles.ts";
import { inChild } from "../support/child.ts";

export const AUTHORIZER_FIRST_SEEN = "authorizer-first-seen";

/** Until V8 has compiled the handler, a decision takes twice its time. */
const WARM_UP = 30;
const ROUNDS = 20;
const CALLS = 200;

/** The authorizer's decision on a token that it sees for the first time, over verifying that token's signature. */
export async function authorizerFirstSeen({
  folder,
  signal,
  progress,
}: Surroundings): Promise<readonly Measured[]> {
  const { file } = bundlesIn(folder).authorizer;
  progress(`${(WARM_UP + ROUNDS) * CALLS} tokens`);
  const pairs = await inChild<readonly Pair[]>(
    new URL("../children/authorizer.ts", import.meta.url),
    { file, warmUp: WARM_UP, rounds: ROUNDS, calls: CALLS } satisfies AuthorizerInput,
    { signal, env: {} },
  );
  const [subject, baseline] = (["subject", "baseline"] as const).map((side) => {
    const microseconds = median(pairs.map((pair) => pair[side])) * 1000;
    return `${microseconds.toFixed(0)} µs`;
  });
  return [
    measured(
      AUTHORIZER_FIRST_SEEN,
      ratios(pairs),
      `${subject} over crypto.verify of the same token: ${baseline}`,
    ),
  ];
}
