/**
 * The entry of every npm script: `node local/toolchain/run.mjs COMMAND [ARGS...]`.
 * Uses Node's own modules only and runs on any Node from 18 on, since it is what brings the rest.
 */
import process from "node:process";
import { COMMANDS } from "./commands.mjs";
import { ToolchainFailure } from "./failure.mjs";
import { main } from "./main.mjs";
import { setUp } from "./setup.mjs";
import { projectRoot } from "./versions.mjs";

await main(async () => {
  const [name = "", ...args] = process.argv.slice(2);
  const command = COMMANDS.get(name);
  if (!command) {
    throw new ToolchainFailure(
      `No command ${JSON.stringify(name)}. There are: ${[...COMMANDS.keys()].join(", ")}.`,
    );
  }
  const tools = await setUp({ pulumi: command.pulumi });
  return command.run({ ...tools, cwd: projectRoot }, args);
});
