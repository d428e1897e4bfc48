import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";

const SAMPLE = new URL("../../../local/sample/", import.meta.url);
const TENANTS = ["acme", "borealis", "cobalt"];

const text = (path: string): string => readFileSync(new URL(path, SAMPLE), "utf8");
const markdown = (folder: string): string[] =>
  readdirSync(new URL(folder, SAMPLE)).filter((name) => name.endsWith(".md"));
const read = <T>(path: string, schema: z.ZodType<T>): T => schema.parse(parse(text(path)));

const USERS = read(
  "users.yaml",
  z.array(
    z.strictObject({
      username: z.string(),
      email: z.email(),
      tenant: z.enum(TENANTS),
      groups: z.array(z.string()).nonempty(),
    }),
  ),
);
const QUESTIONS = read(
  "questions.yaml",
  z.array(
    z.strictObject({
      user: z.string(),
      question: z.string().min(1).max(2000),
      expect: z.strictObject({
        corpora: z.array(z.enum(["shared", "tenant"])),
        cites: z.array(z.string()),
        contains: z.array(z.string()),
      }),
    }),
  ),
);
const CANARIES = read("canaries.yaml", z.record(z.string(), z.string()));
const index = (tenant: string) =>
  read(
    `documents/${tenant}/index.yaml`,
    z.array(z.strictObject({ file: z.string(), groups: z.array(z.string()).nonempty().optional() })),
  );

describe("sample data", () => {
  for (const tenant of TENANTS) {
    it(`lists every document of ${tenant} once`, () => {
      assert.deepEqual(
        index(tenant).map((entry) => entry.file),
        markdown(`documents/${tenant}/`).sort(),
      );
    });

    it(`has the canary of ${tenant} in its own documents only`, () => {
      const canary = CANARIES[tenant];
      assert.ok(canary);
      const holders = [
        ...TENANTS.flatMap((id) => markdown(`documents/${id}/`).map((file) => `documents/${id}/${file}`)),
        ...markdown("reference/").map((file) => `reference/${file}`),
      ].filter((path) => text(path).toLowerCase().includes(canary));
      assert.ok(holders.length > 0);
      assert.deepEqual(
        holders.filter((path) => !path.startsWith(`documents/${tenant}/`)),
        [],
      );
    });
  }

  for (const { user: username, question, expect } of QUESTIONS) {
    it(`${username}: ${question}`, () => {
      const user = USERS.find((each) => each.username === username);
      assert.ok(user, "the user exists");
      const visible = index(user.tenant)
        .filter(({ groups }) => groups === undefined || groups.some((group) => user.groups.includes(group)))
        .map(({ file }) => file);

      const corpora = new Set<string>();
      let cited = "";
      for (const file of expect.cites) {
        const shared = markdown("reference/").includes(file);
        assert.notEqual(
          shared,
          visible.includes(file),
          `${file} is in exactly one corpus that the user sees`,
        );
        corpora.add(shared ? "shared" : "tenant");
        cited += text(shared ? `reference/${file}` : `documents/${user.tenant}/${file}`);
      }
      assert.deepEqual([...corpora].sort(), expect.corpora);
      assert.deepEqual(
        expect.contains.filter((words) => !cited.includes(words)),
        [],
      );
    });
  }
});
