/** `npm run demo`: deploys stack `local` afresh, puts the sample tenants to work, attacks, and tells what came of it. */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { runDemo } from "../demo/run.ts";
import { Screen } from "../demo/screen.ts";
import { defaultPlace } from "../paths.ts";
import { interruptible } from "./interrupt.ts";
import { main } from "./main.ts";

const USAGE = `Usage: npm run demo [-- --report FILE]

Deploys the stack "local" with the real Pulumi engine onto a new embedded account, uploads and ingests documents, asks as
the sample users, onboards a tenant, attacks, and sums up. Exit code 0 if every expectation held.

  --report FILE   write what was done as JSON
  --help          show this

BULKHEAD_ACCOUNT (.bulkhead/demo) and BULKHEAD_PORT (any free port) choose where the account is kept and served.
`;

await main(() =>
  interruptible(async (signal) => {
    const { values } = parseArgs({
      options: { report: { type: "string" }, help: { type: "boolean" } },
      args: process.argv.slice(2),
    });
    if (values.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    const screen = new Screen();
    const { report, held } = await runDemo(defaultPlace("demo"), screen, signal);
    if (values.report !== undefined) {
      writeFileSync(values.report, `${JSON.stringify(report, undefined, 2)}\n`);
      screen.line(`Report: ${values.report}`);
    }
    return held ? 0 : 1;
  }),
);
