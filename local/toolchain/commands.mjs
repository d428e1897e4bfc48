/** The npm scripts: what each runs and whether it needs the Pulumi CLI. */
import { runOnNode } from "./command.mjs";
import { lint } from "./lint.mjs";
import { mochaArguments } from "./mocha.mjs";

/**
 * @typedef {import("./lint.mjs").Tools} Tools
 * @typedef {{ pulumi: boolean, run: (tools: Tools, args: readonly string[]) => Promise<number> }} Command
 */

/** @param {string} path from this file */
const project = (path) => new URL(path, import.meta.url);

/**
 * @param {string} file from this file
 * @returns {Command}
 */
const program = (file) => ({ pulumi: true, run: (tools, args) => runOnNode(tools, project(file), args) });

/** @type {ReadonlyMap<string, Command>} */
export const COMMANDS = new Map([
  ["demo", program("../commands/demo.ts")],
  ["start", program("../commands/start.ts")],
  ["load", program("../commands/load.ts")],
  ["pulumi", program("../commands/pulumi.ts")],
  ["deploy", program("../commands/deploy.ts")],
  ["bench", program("../../bench/run.ts")],
  [
    "test",
    {
      pulumi: true,
      run: (tools, args) =>
        runOnNode(tools, project("../../node_modules/mocha/bin/mocha.js"), mochaArguments(args, tools.cwd)),
    },
  ],
  ["lint", { pulumi: false, run: (tools) => lint(tools) }],
]);
