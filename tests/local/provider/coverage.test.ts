import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { limitsTable } from "../../../local/gateway/limits.ts";
import { THROTTLES } from "../../../local/gateway/throttle.ts";
import { coverageTable, deletionTable } from "../../../local/provider/coverage.ts";

const page = readFileSync(new URL("../../../docs/verified.md", import.meta.url), "utf8");

/** The cells of the first table after a mark, without the padding of its formatting. */
function cells(markdown: string, mark = ""): string[][] {
  const lines = markdown.slice(markdown.indexOf(mark) + mark.length).split("\n");
  const start = lines.findIndex((line) => line.startsWith("|"));
  const end = lines.findIndex((line, i) => i > start && !line.startsWith("|"));
  return lines
    .slice(start, end < 0 ? undefined : end)
    .filter((line) => !/^\|[\s|:-]+\|$/.test(line))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe("docs/verified.md", () => {
  it("lists every type that does something, and what of it is modelled", () => {
    assert.deepEqual(cells(page, "<!-- resource types -->"), cells(coverageTable()));
  });

  it("lists what is not deleted, and when", () => {
    assert.deepEqual(cells(page, "<!-- deletion -->"), cells(deletionTable()));
  });

  it("lists the limits that are tried by test", () => {
    assert.deepEqual(cells(page, "<!-- limits -->"), cells(limitsTable()));
  });

  it("lists how every API throttles", () => {
    const listed = cells(page, "<!-- apis -->").slice(1);
    const known = Object.entries(THROTTLES).map(([api, [code, status]]) => [
      `\`${api}\``,
      `\`${code}\``,
      String(status),
    ]);
    assert.deepEqual(listed, known);
  });
});
