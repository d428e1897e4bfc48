import { readFileSync } from "node:fs";
import process from "node:process";
import { rules } from "./catalogue.ts";
import { Pack } from "./serve/pack.ts";
import { serve } from "./serve/server.ts";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};
// The engine loads this by `require`, which takes no await at the top.
void serve(new Pack("bulkhead", version, rules)).then(({ port }) => {
  // It reads from the first line where to ask.
  process.stdout.write(`${port}\n`);
});
