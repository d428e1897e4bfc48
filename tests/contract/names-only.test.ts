import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** Names and ARNs are built in one module: elsewhere no text begins one. A type of a component is no name. */
const ROOT = join(import.meta.dirname, "../..");
const NAMES = ["runtime/contract/names.ts", "runtime/contract/account-names.ts"];
const FILES = globSync(["infra/**/*.ts", "bootstrap/**/*.ts", "tenants/**/*.ts", "runtime/**/*.ts"], {
  cwd: ROOT,
}).filter((file) => !NAMES.includes(file));

/**
 * How a name or an ARN of an environment begins; `111122223333` stands in examples that people read. What is AWS's own, in
 * templates with `{partition}`, is in no environment; nor are the bootstrap's settings and the canary's document.
 */
const BEGINS =
  /(?<![a-z])(bulkhead(?!-bootstrap:|-canary-)[-./]|arn:(?!aws:iam::111122223333:|\{partition\}))/i;

function builtIn(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isText =
      ts.isStringLiteralLike(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddle(node) ||
      ts.isTemplateTail(node);
    if (isText && BEGINS.test(node.text)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${file}:${line + 1}: ${node.getText()}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe("names and ARNs", () => {
  it("are built in one module alone", () => {
    assert.ok(FILES.length > 50, `${FILES.length} files`);
    const elsewhere = FILES.flatMap((file) => builtIn(file, readFileSync(join(ROOT, file), "utf8")));
    assert.deepEqual(elsewhere, []);
  });

  it("that are built elsewhere would be found", () => {
    for (const text of [
      "const a = `bulkhead-${environment}-x`;",
      'const a = "bulkhead." + environment;',
      "const a = `arn:${partition}:s3:::${bucket}`;",
      "const a = `${prefix}/bulkhead/${environment}`;",
    ])
      assert.equal(builtIn("some.ts", text).length, 1, text);
  });

  it("are not mistaken for what is none", () => {
    for (const text of [
      'super("bulkhead:infra:Registry", name, {}, opts);',
      '"must be a role\'s ARN, as arn:aws:iam::111122223333:role/deployer"',
      "// bulkhead-dev-x",
    ])
      assert.deepEqual(builtIn("some.ts", text), [], text);
  });
});
