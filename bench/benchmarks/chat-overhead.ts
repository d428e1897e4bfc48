import { measured, type Measured, type Surroundings } from "../benchmark.ts";
import type { ChatInput } from "../children/chat.ts";
import { type Stretch, uncovered } from "../overhead.ts";
import { quantile, summarize } from "../statistics.ts";
import { bundlesIn } from "../support/bundles.ts";
import { inChild } from "../support/child.ts";
import { type BenchTenant, serveDependencies, TENANTS } from "../support/dependencies.ts";
import { newToken, signingKey } from "../support/tokens.ts";

export const CHAT_OVERHEAD_P50 = "chat-overhead-p50-ms";
export const CHAT_OVERHEAD_P95 = "chat-overhead-p95-ms";

const WARM_UP = 200;
/** Figures are taken block by block, and their median is the result. */
const BLOCKS = 10;
const REQUESTS_IN_BLOCK = 100;
/** One request in ten is the first one with its token: authorizer, broker and STS all work for it. */
const REQUESTS_WITH_A_TOKEN = 10;
const NANOSECONDS = 1e6;

/** The time of chat requests in which neither a model nor a search is at work for them. */
export async function chatOverhead({ folder, signal, progress }: Surroundings): Promise<readonly Measured[]> {
  const bundles = bundlesIn(folder);
  const key = signingKey();
  const total = WARM_UP + BLOCKS * REQUESTS_IN_BLOCK;
  const tenants = Object.keys(TENANTS) as BenchTenant[];
  const tokens = Array.from(
    { length: total / REQUESTS_WITH_A_TOKEN },
    (_, i) => newToken(key, tenants[i % tenants.length] ?? "acme").text,
  ).flatMap((token) => Array<string>(REQUESTS_WITH_A_TOKEN).fill(token));
  const dependencies = await serveDependencies(key.keySet);
  try {
    progress(`${total} requests`);
    const files = {
      authorizer: bundles.authorizer.file,
      chat: bundles.chat.file,
      broker: bundles.broker.file,
    };
    const requests = await inChild<readonly Stretch[]>(
      new URL("../children/chat.ts", import.meta.url),
      { ...files, origin: dependencies.origin, tokens } satisfies ChatInput,
      { signal, env: {} },
    );
    return figures(requests.slice(WARM_UP), dependencies.busy);
  } finally {
    dependencies.close();
  }
}

function figures(requests: readonly Stretch[], busy: readonly Stretch[]): readonly Measured[] {
  const all = requests.map((request) => {
    const own = busy.filter(({ from, to }) => to > request.from && from < request.to);
    if (own.length === 0) throw new Error("a request called no model and searched nothing");
    const whole = Number(request.to - request.from) / NANOSECONDS;
    return { whole, overhead: Number(uncovered(request, own)) / NANOSECONDS };
  });
  const blocks = Array.from({ length: BLOCKS }, (_, i) =>
    all.slice(i * REQUESTS_IN_BLOCK, (i + 1) * REQUESTS_IN_BLOCK),
  );
  return [[CHAT_OVERHEAD_P50, 0.5] as const, [CHAT_OVERHEAD_P95, 0.95] as const].map(([id, part]) => {
    const whole = quantile(
      all.map((request) => request.whole),
      part,
    ).toFixed(2);
    const summary = summarize(
      blocks.map((block) =>
        quantile(
          block.map(({ overhead }) => overhead),
          part,
        ),
      ),
    );
    return measured(id, summary, `of ${whole} ms with models and searches, which answer at once`);
  });
}
