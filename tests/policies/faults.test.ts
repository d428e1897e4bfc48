/** Faults that published systems had, each as a small program: the pack blocks it, and says why. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { rules } from "../../policies/catalogue.ts";
import { policyResources, ROOT, runProgram } from "./support/program.ts";
import { violations } from "./support/stack.ts";

const FOLDER = join(ROOT, "tests/fixtures/faults");
const faults = readdirSync(FOLDER);

describe("faults that published systems had", function () {
  // Each runs a program of its own: 3 s on an idle machine.
  this.timeout(600_000);

  for (const fault of faults)
    it(`is blocked: ${fault}`, async () => {
      const folder = join(FOLDER, fault);
      // By rule, all that it says; what other rules say of so small a program is no matter here.
      const expected = parse(readFileSync(join(folder, "expected.yaml"), "utf8")) as Record<string, string[]>;
      const registered = await runProgram({
        stack: "dev",
        preview: "tenants",
        main: join(folder, "index.ts"),
      });
      const resources = policyResources(registered);
      const said: Record<string, string[]> = {};
      for (const name of Object.keys(expected)) {
        const rule = rules.find((each) => each.name === name);
        assert.ok(rule?.enforcementLevel === "mandatory", `no rule ${name} that blocks`);
        said[name] = await violations(rule, resources);
      }
      assert.deepEqual(said, expected);
    });
});
