#!/usr/bin/env node
/** `npx bulkhead`: brings what the command needs with Node's own modules only, then runs it on the project's Node. */
import process from "node:process";
import { runOnNode } from "../local/toolchain/command.mjs";
import { main } from "../local/toolchain/main.mjs";
import { setUp } from "../local/toolchain/setup.mjs";

/** Commands that run the engine; the others read and write files. */
const RUNS_THE_ENGINE = new Set(["review"]);

await main(async () => {
  const args = process.argv.slice(2);
  const asksForHelp = args.includes("--help") || args.includes("-h");
  const tools = await setUp({ pulumi: RUNS_THE_ENGINE.has(args[0] ?? "") && !asksForHelp });
  return runOnNode(tools, new URL("./index.ts", import.meta.url), args);
});
