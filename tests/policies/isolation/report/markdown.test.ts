import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import { asMarkdown } from "../../../../policies/isolation/report/markdown.ts";
import { code, codeCell, prose } from "../../../../policies/isolation/report/plain.ts";
import { rendered } from "./support.ts";
import { HOSTILE_TEXTS, hostile, LARGE, NOT_PROVEN, OPEN_BUCKET, PROVEN } from "./verdicts.ts";

const SEED = process.env["BULKHEAD_TEST_SEED"];
const HARMLESS = "harmless text";
/** What GitHub makes of a page's text after Markdown is done. */
const MENTION_OR_REFERENCE = /(^|[^\w`])@[a-z\d]|#\d|\bGH-\d|:\/\/|\bwww\./i;

describe("the verdict as Markdown", () => {
  it("is short when all is well: a verdict, figures, and the rest folded away", () => {
    const markdown = asMarkdown(PROVEN);
    assert.match(markdown, /^### ✅ Isolation proven\n\n4 tenants/);
    const open = markdown.replace(/<details>[\s\S]*?<\/details>/g, "").trim();
    assert.equal(open.split("\n\n").filter((part) => part.trim() !== "").length, 2, open);
    const { elements, text } = rendered(markdown);
    assert.equal(elements.filter((name) => name === "details").length, 3);
    assert.equal(elements.filter((name) => name === "table").length, 3);
    assert.match(text, /nothing else/);
  });

  it("tells all that it takes to act on a counterexample", () => {
    const { text } = rendered(asMarkdown(NOT_PROVEN));
    const { principal, resource, remedy, urn = "", by } = OPEN_BUCKET;
    assert.match(text, /❌ Isolation not proven: 5 counterexamples, 1 gap/);
    for (const each of [principal.arn, "tenant_id=acme", principal.chain.join(" → "), resource, remedy, urn])
      assert.ok(text.includes(each), each);
    assert.ok(text.includes(`statement ${by?.statement}`));
    assert.ok(text.includes("tenants/config/dev/borealis.yaml:3"));
  });

  it("stays far below what a comment may hold, however many tenants and faults there are", () => {
    const faults = Array.from({ length: 2000 }, (_, index) => ({
      ...OPEN_BUCKET,
      urn: `urn:${index}`,
      owner: LARGE.tenants[index % 1000]!.id,
    }));
    const markdown = asMarkdown({ ...LARGE, counterexamples: faults });
    assert.match(markdown, /… and 1,995 more findings/);
    assert.ok(markdown.length < 20_000, `${markdown.length}`);
  });

  it("takes a text for a text, wherever it stands", () => {
    const expected = rendered(asMarkdown(hostile(HARMLESS)));
    for (const text of HOSTILE_TEXTS) {
      const page = rendered(asMarkdown(hostile(text)));
      assert.deepEqual(page.elements, expected.elements, text);
      assert.deepEqual(page.attributes, expected.attributes, text);
      assert.deepEqual(page.comments, [], text);
    }
  });

  it("shows any text in prose and in code as it is, and nobody is called by it", () => {
    const textOf = (markdown: string) => rendered(`x ${markdown} x`);
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            ...Array.from("ab1 `*_[]()<>&#!|~$\\@:/.-\"'"),
            "www.",
            "GH-1",
            "://",
            "&amp;",
            "``",
          ),
        ),
        (characters) => {
          const text = `a${characters.join("")}z`;
          const shown = textOf(prose(text));
          assert.deepEqual(shown.elements, ["html", "head", "body", "p"], text);
          assert.equal(spaces(shown.text.replaceAll("\u2060", "")), spaces(`x ${text} x`));
          assert.doesNotMatch(shown.text, MENTION_OR_REFERENCE);
          const spans = textOf(code(text));
          assert.deepEqual(spans.elements, ["html", "head", "body", "p", "code"], text);
          assert.equal(spaces(spans.text), spaces(`x ${text} x`));
          const cells = rendered(`| a |\n| --- |\n| ${codeCell(text)} |`);
          assert.equal(cells.elements.filter((name) => name === "td").length, 1);
          assert.ok(spaces(cells.text.replaceAll("\u2060", "")).includes(spaces(text)), cells.text);
        },
      ),
      { numRuns: 300, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
    );
  });
});

const spaces = (text: string): string => text.replace(/\s+/g, " ").trim().replace(/ /g, "");
