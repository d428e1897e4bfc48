/** Everything that a command needs before it can start, each part skipped when it is there. */
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { toolEnvironment } from "./environment.mjs";
import { ensureNode } from "./node.mjs";
import { ensurePackages } from "./packages.mjs";
import { createProgress } from "./progress.mjs";
import { ensurePulumi } from "./pulumi.mjs";
import { projectRoot } from "./versions.mjs";

/**
 * @param {{ pulumi: boolean, env?: NodeJS.ProcessEnv, root?: string }} options whether the Pulumi CLI is needed
 * @returns {Promise<{ node: string, env: NodeJS.ProcessEnv }>} Node's program, and the environment to run it in
 * @throws {import("./failure.mjs").ToolchainFailure} when a part can't be had
 */
export async function setUp({ pulumi, env = process.env, root = projectRoot }) {
  const start = performance.now();
  const progress = createProgress();
  const logs = join(root, ".bulkhead", "logs");
  try {
    const node = await ensureNode({ env, logs, step: progress.step("Node") });
    const withNode = toolEnvironment(env, [dirname(node)]);
    // Side by side: the one waits for the network while the other compiles. Both end before a failure is told.
    const [packages, cli] = await Promise.allSettled([
      ensurePackages({ env: withNode, root, logs, step: progress.step("npm packages") }),
      pulumi ? ensurePulumi({ env: withNode, logs, step: progress.step("Pulumi CLI") }) : undefined,
    ]);
    if (packages.status === "rejected") throw packages.reason;
    if (cli.status === "rejected") throw cli.reason;
    const folders = cli.value === undefined ? [dirname(node)] : [dirname(node), cli.value];
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    return { node, env: { ...toolEnvironment(env, folders), BULKHEAD_SETUP_SECONDS: seconds } };
  } finally {
    progress.close();
  }
}
