import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SERVICES, servicesNeeded } from "../../infra/documents/doors.ts";
import { declarations } from "../../infra/settings.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const page = readFileSync(join(ROOT, "docs/deploy.md"), "utf8");

/** Cells of the table that follows a comment, without its head. */
function table(name: string): string[][] {
  const [, rest = ""] = page.split(`<!-- ${name} -->`);
  const lines = rest.trimStart().split("\n");
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe("docs/deploy.md", () => {
  it("tells every output of the stack, and no other", () => {
    const program = readFileSync(join(ROOT, "infra/index.ts"), "utf8");
    const outputs = [...program.matchAll(/^export const (\w+)/gm)].map(([, name]) => name);
    assert.ok(outputs.length > 2);
    assert.deepEqual(
      table("outputs")
        .map(([name = ""]) => name.replaceAll("`", ""))
        .sort(),
      outputs.sort(),
    );
  });

  it("counts what the program deploys, and tells no price that AWS does not", () => {
    const defaults = declarations(ROOT);
    const number = (key: string): number => Number(defaults[key]?.default);
    const endpoints = servicesNeeded({ omit: [], pooled: true }).filter((service) =>
      ["interface", "collections"].includes(SERVICES[service].door),
    );
    const quantities: [RegExp, number][] = [
      [/^interface endpoints/, endpoints.length * number("networkZones")],
      [/^OpenSearch Serverless/, 2],
      [/^shared domain: `/, number("poolInstanceCount")],
      [/^shared domain: GiB/, number("poolInstanceCount") * number("poolVolumeGiB")],
      // The platform's, the edge's, the reference corpus's, and two tenants'.
      [/^KMS keys/, 5],
    ];
    const rows = table("cost");
    assert.equal(rows.length, quantities.length);
    for (const [index, [what = "", quantity, , price = ""]] of rows.entries()) {
      const [pattern, expected] = quantities[index] ?? [/^$/, 0];
      assert.match(what, pattern);
      assert.equal(Number(quantity), expected, what);
      assert.match(price, /^\[[^\]]+\]\(https:\/\/aws\.amazon\.com\/[a-z-]+\/pricing\/\)$/);
    }
    assert.ok(page.includes(`\`${String(defaults["poolInstanceType"]?.default)}\``));
  });
});
