import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { rules } from "../../policies/catalogue.ts";
import { isCurrent } from "../../policies/rules-document.ts";
import { rule } from "../../policies/support/rule.ts";
import { violations } from "./support/stack.ts";

describe("policy pack", () => {
  it("has every rule of the folder, by the file's name", () => {
    const files = readdirSync(new URL("../../policies/rules", import.meta.url)).map((file) =>
      file.replace(/\.ts$/, ""),
    );
    const names = rules.map(({ name }) => name);
    assert.deepEqual([...names].sort(), files.sort());
    assert.equal(names.at(-1), "exceptions-in-force", "lists what the others used, and so comes last");
  });

  it("has rules that block, and say what to do", () => {
    for (const { name, enforcementLevel, remediationSteps, description } of rules) {
      assert.equal(enforcementLevel, name === "exceptions-in-force" ? "advisory" : "mandatory");
      assert.match(remediationSteps, /\.$/);
      assert.match(description, /\.$/);
    }
  });

  it("is described by RULES.md (node policies/rules-document.ts writes it)", () => {
    assert.ok(isCurrent());
  });

  it("takes a rule that throws for a violation", async () => {
    const broken = rule({
      name: "broken",
      description: "Stops.",
      severity: "low",
      remediation: "Mend it.",
      validate: () => {
        throw new Error("no reason");
      },
    });
    assert.deepEqual(await violations(broken, []), ["stack: not proven: the rule stopped (no reason)"]);
  });
});
