import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "../..");

/** Where the page names tests: code that reads `file › title`. */
const CITATION = /`([a-z-]+) › ([^`]+)`/g;

/** Titles of the tests in these files, each behind its file's name, as mocha tells them without running one. */
async function titlesIn(files: readonly string[]): Promise<ReadonlySet<string>> {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-titles-"));
  const output = join(folder, "titles.json");
  const mocha = join(root, "node_modules/mocha/bin/mocha.js");
  const options = ["--dry-run", "--reporter", "json", "--reporter-option", `output=${output}`];
  await promisify(execFile)(process.execPath, [mocha, ...options, ...files], {
    cwd: root,
    maxBuffer: 2 ** 26,
  });
  const { tests } = JSON.parse(readFileSync(output, "utf8")) as { tests: { file: string; title: string }[] };
  rmSync(folder, { recursive: true });
  return new Set(tests.map(({ file, title }) => `${basename(file, ".test.ts")} › ${title}`));
}

describe("docs/security.md", function () {
  this.timeout(240_000);
  const page = readFileSync(join(root, "docs/security.md"), "utf8");
  const citations = [...page.matchAll(CITATION)].map(([, name = "", title = ""]) => ({ name, title }));
  const files = globSync("tests/**/*.test.ts", { cwd: root });

  it("names tests that exist", async () => {
    assert.ok(citations.length > 50, `${citations.length} tests are named`);
    const cited = [...new Set(citations.map(({ name }) => name))].map((name) => {
      const [file, ...more] = files.filter((each) => basename(each) === `${name}.test.ts`);
      assert.ok(file !== undefined && more.length === 0, `${name}.test.ts is one file`);
      return file;
    });
    const titles = await titlesIn(cited);
    const missing = citations
      .map(({ name, title }) => `${name} › ${title}`)
      .filter((each) => !titles.has(each));
    assert.deepEqual(missing, []);
  });

  it("has every section of RFC 8725's best practices, in order", () => {
    const sections = [...page.matchAll(/^\| (3\.\d+) .*$/gm)].map(([line, section]) => {
      assert.match(line, / › /, `${section} names a test`);
      return section;
    });
    assert.deepEqual(
      sections,
      Array.from({ length: 12 }, (_, index) => `3.${index + 1}`),
    );
  });
});
