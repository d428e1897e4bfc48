import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { chat } from "../../../local/gateway/model/chat.ts";
import { PROJECT } from "../../../local/paths.ts";
import { prompt } from "../../../runtime/agent/prompt.ts";
import { loadTenants } from "../../../tenants/catalog.ts";

const SAMPLE = new URL("../../../local/sample/", import.meta.url);
const TENANTS = ["acme", "borealis", "cobalt", "cobalt-marine"];

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
        lacks: z.array(z.string()).optional(),
      }),
    }),
  ),
);
const LOCAL = loadTenants(join(PROJECT, "tenants", "config", "local"));
const ONBOARDED = { id: "cobalt", tier: "pool" };
const CANARIES = read("canaries.yaml", z.record(z.string(), z.string()));
const index = (tenant: string) =>
  read(
    `documents/${tenant}/index.yaml`,
    z.array(z.strictObject({ file: z.string(), groups: z.array(z.string()).nonempty().optional() })),
  );

const userOf = (username: string) => {
  const user = USERS.find((each) => each.username === username);
  assert.ok(user, `${username} is a sample user`);
  return user;
};
const tenantOf = (username: string): string => userOf(username).tenant;
/** The documents of its tenant that a user may see, by their groups. */
const visibleTo = (username: string): string[] => {
  const user = userOf(username);
  return index(user.tenant)
    .filter(({ groups }) => groups === undefined || groups.some((group) => user.groups.includes(group)))
    .map(({ file }) => file);
};

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

    it(`lets a member of ${tenant} ask for its canary`, () => {
      const canary = CANARIES[tenant] ?? "";
      const passages = markdown(`documents/${tenant}/`).map((file) => ({
        corpus: "tenant" as const,
        id: file,
        uri: file,
        text: text(`documents/${tenant}/${file}`),
      }));
      const { text: answer } = chat({
        system: "",
        messages: [{ text: prompt(`What is ${canary}?`, passages) }],
      });
      assert.match(answer.toLowerCase(), new RegExp(`${canary} is .*internal`));
    });

    it(`has documents of several paragraphs in ${tenant}`, () => {
      for (const file of markdown(`documents/${tenant}/`)) {
        const paragraphs = text(`documents/${tenant}/${file}`)
          .split(/\n\s*\n/)
          .filter((part) => !part.startsWith("#"));
        assert.ok(paragraphs.length >= 3, `${file} has ${paragraphs.length}`);
      }
    });
  }

  it("has two tenants of which one's id starts with the other's", () => {
    assert.ok(TENANTS.some((id) => TENANTS.some((other) => other !== id && other.startsWith(`${id}-`))));
  });

  it("has a question that every tenant answers, each from its own document of one name", () => {
    const answered = QUESTIONS.filter(({ expect }) => expect.corpora.includes("tenant"));
    const everywhere = [...new Set(answered.map(({ question }) => question))]
      .map((question) => answered.filter((each) => each.question === question))
      .filter((asked) => new Set(asked.map(({ user }) => tenantOf(user))).size === TENANTS.length);
    assert.ok(everywhere.length > 0);
    for (const asked of everywhere) {
      assert.equal(new Set(asked.map(({ expect }) => expect.cites.join())).size, 1, asked[0]?.question);
      assert.equal(new Set(asked.map(({ expect }) => expect.contains.join())).size, TENANTS.length);
    }
  });

  for (const tier of ["silo", "pool"] as const)
    it(`answers one question in two ways inside a tenant of the ${tier}, by the user's group`, () => {
      const tenants = [...LOCAL, ONBOARDED].filter((each) => each.tier === tier).map(({ id }) => id);
      const limited = QUESTIONS.filter(({ user }) => tenants.includes(tenantOf(user))).filter(
        ({ question }) => question === "What is my collision deductible?",
      );
      assert.deepEqual(
        limited.map(({ user, expect }) => [userOf(user).groups, expect.contains]),
        [
          [["regular"], ["$1,000"]],
          [["platinum"], ["$500"]],
        ],
      );
    });

  for (const { user, question, expect } of QUESTIONS)
    for (const lacked of expect.lacks ?? [])
      it(`${user} could be told "${lacked}" if its group were not looked at: ${question}`, () => {
        const tenant = tenantOf(user);
        const hidden = markdown(`documents/${tenant}/`).filter((file) => !visibleTo(user).includes(file));
        const has = (file: string): boolean =>
          file === lacked || text(`documents/${tenant}/${file}`).includes(lacked);
        assert.ok(hidden.some(has));
        assert.ok(!visibleTo(user).some(has));
      });

  for (const { user, question, expect } of QUESTIONS) {
    if (expect.corpora.length > 0) continue;
    const elsewhere = QUESTIONS.filter(
      (other) => other.question === question && other.expect.corpora.length > 0,
    );
    for (const { expect: answered } of elsewhere) {
      it(`${user} has nothing to answer from: ${question}`, () => {
        const tenant = tenantOf(user);
        const readable = [
          ...visibleTo(user).map((file) => text(`documents/${tenant}/${file}`)),
          ...markdown("reference/").map((file) => text(`reference/${file}`)),
        ].join("\n");
        assert.deepEqual(
          answered.contains.filter((words) => readable.includes(words)),
          [],
        );
      });
    }
  }

  for (const { user: username, question, expect } of QUESTIONS) {
    it(`${username}: ${question}`, () => {
      const user = userOf(username);
      const visible = visibleTo(username);

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
