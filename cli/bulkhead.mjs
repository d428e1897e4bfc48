#!/usr/bin/env node
/** `npx bulkhead`: brings what the command needs with Node's own modules only, then runs it on the project's Node. */
import process from "node:process";
import { runOnNode } from "../local/toolchain/command.mjs";
import { main } from "../local/toolchain/main.mjs";
import { setUp } from "../local/toolchain/setup.mjs";

await main(async () => {
  // Its commands read and write files; the engine belongs to the npm scripts.
  const tools = await setUp({ pulumi: false });
  return runOnNode(tools, new URL("./index.ts", import.meta.url), process.argv.slice(2));
});
