import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { declarations, readSettings, settingsOf } from "../../infra/settings.ts";
import { FIELDS } from "../../infra/settings/fields.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const declared = declarations(ROOT);
const text = readFileSync(join(ROOT, "Pulumi.dev.yaml"), "utf8");

/** A setting's line in Pulumi.dev.yaml: set, or commented out. */
const LINES = [...text.matchAll(/^ {2}(# )?bulkhead:(\w+): (.+)$/gm)].map(
  ([, comment, key = "", value = ""]) => ({
    key,
    set: comment === undefined,
    value: parse(value) as unknown,
  }),
);

const isEmpty = (value: unknown): boolean => value === "" || (Array.isArray(value) && value.length === 0);

describe("Pulumi.yaml", () => {
  it("declares every setting that the program reads, and no other, with type and description", () => {
    assert.deepEqual(Object.keys(declared).sort(), Object.keys(FIELDS).sort());
    for (const [key, { type, description }] of Object.entries(declared)) {
      assert.ok(["string", "integer", "boolean", "array"].includes(type), key);
      assert.match(description, /^[A-Z].{15,}\.$/s, key);
    }
  });

  it("gives every setting a default, but for what only the account's owner knows", () => {
    const without = Object.entries(declared).filter(([, declaration]) => !("default" in declaration));
    assert.deepEqual(
      without.map(([key]) => key),
      ["deploymentRoleArns"],
    );
  });

  it("keeps secrets secret", () => {
    for (const [key, { type, secret }] of Object.entries(declared))
      if (type === "string" && /(secret|password|token|apiKey)$/i.test(key)) assert.equal(secret, true, key);
  });
});

describe("Pulumi.dev.yaml", () => {
  it("shows every setting once, set or commented out", () => {
    assert.deepEqual(LINES.map(({ key }) => key).sort(), Object.keys(declared).sort());
  });

  it("comments out what is the default; where that is empty, an example stands there", () => {
    for (const { key, set, value } of LINES) {
      const fallback = declared[key]?.default;
      if (set) assert.notDeepEqual(value, fallback, `${key} is set to its default`);
      else if (!isEmpty(fallback)) assert.deepEqual(value, fallback, key);
      else assert.ok(!isDeepStrictEqual(value, fallback), `${key} needs an example`);
    }
  });

  it("has examples that are right", () => {
    // Some exclude each other, as zones by name and an existing VPC do: one at a time, beside what is set.
    const asConfig = (lines: typeof LINES): Record<string, string> =>
      Object.fromEntries(
        lines.map(({ key, value }) => [
          `bulkhead:${key}`,
          typeof value === "string" ? value : JSON.stringify(value),
        ]),
      );
    const set = LINES.filter((line) => line.set);
    for (const line of LINES) {
      const told = (() => {
        try {
          readSettings(ROOT, settingsOf(asConfig([...set, line])), "dev");
          return [];
        } catch (error) {
          return (error as Error).message
            .split("\n")
            .filter((each) => each.includes(`bulkhead:${line.key} `));
        }
      })();
      const alone = told.filter(
        (each) => !/with(out)? (it|vpcId|domainName)|unless omit|as many zones/.test(each),
      );
      assert.deepEqual(alone, [], line.key);
    }
  });

  it("has a comment before every group, and keeps to what is told of each setting in Pulumi.yaml", () => {
    assert.match(text, /Pulumi\.yaml/);
    for (const block of text.split(/\n\n/).slice(1)) assert.match(block, /^ {2}# (?!bulkhead:)/, block);
  });
});
