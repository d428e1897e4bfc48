/** `npm run load`: many clients of many tenants at once against a deployed account; every answer is checked. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { Screen } from "../demo/screen.ts";
import { tell } from "../load/telling.ts";
import { runLoad } from "../load/run.ts";
import { PROJECT } from "../paths.ts";
import { interruptible } from "./interrupt.ts";
import { main } from "./main.ts";

const USAGE = `Usage: npm run load [-- --seconds 60 --clients 200 --tenants 20 --json FILE]

Deploys that many made-up tenants of both tiers with the real Pulumi engine onto an embedded account in a process of its own, and
lets that many clients ask, list, upload and delete at once. Exit code 0 if no request failed, no answer held another tenant's
canary, and memory did not grow.

BULKHEAD_ACCOUNT (.bulkhead/load) is where the account is made, anew each time.
`;

/** More than the noise between two quarters of a minute. */
export const MAX_GROWTH = 0.1;

await main(() =>
  interruptible(async (signal) => {
    const { values } = parseArgs({
      options: {
        seconds: { type: "string", default: "60" },
        clients: { type: "string", default: "200" },
        tenants: { type: "string", default: "20" },
        json: { type: "string" },
        help: { type: "boolean" },
      },
      args: process.argv.slice(2),
    });
    if (values.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    const screen = new Screen();
    const report = await runLoad({
      seconds: number("seconds", values.seconds, 1, 86_400),
      clients: number("clients", values.clients, 1, 10_000),
      tenants: number("tenants", values.tenants, 2, 200),
      folder: process.env["BULKHEAD_ACCOUNT"] ?? join(PROJECT, ".bulkhead", "load"),
      onStatus: (text) => {
        screen.status(text);
      },
      signal,
    });
    tell(report, screen);
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
    const held = Object.keys(report.faults).length === 0 && report.memory.growth <= MAX_GROWTH;
    return held ? 0 : 1;
  }),
);

function number(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${name} is "${text}": it must be a whole number from ${min} to ${max}`);
}
