import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Account } from "../../../local/account/account.ts";

const record = (type: string, id: string, outputs = {}) => ({
  type,
  id,
  urn: `urn:${id}`,
  inputs: {},
  outputs,
});

describe("account", () => {
  let folder: string;
  let account: Account;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bulkhead-account-"));
    account = Account.open(folder);
  });

  afterEach(() => {
    account.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("lists, finds and deletes resources of a type", () => {
    account.putResource(record("a", "2", { name: "two" }));
    account.putResource(record("a", "1", { name: "one" }));
    account.putResource(record("b", "1"));

    assert.deepEqual(
      account.resources("a").map(({ id }) => id),
      ["1", "2"],
    );
    assert.equal(account.resources().length, 3);
    assert.equal(account.find("a", "name", "two")?.id, "2");
    account.deleteResource("a", "2");
    assert.equal(account.resource("a", "2"), undefined);
    assert.equal(account.find("a", "name", "two"), undefined);
  });

  it("keeps what it acknowledged when it is opened again", () => {
    account.putResource(record("a", "1", { name: "one" }));
    account.table("t").put("k", { n: 1 });
    account.close();
    account = Account.open(folder);
    assert.deepEqual(account.resource("a", "1")?.outputs, { name: "one" });
    assert.deepEqual(account.table("t").get("k"), { n: 1 });
  });

  it("sees what another process has written", () => {
    assert.equal(account.resource("a", "1"), undefined);
    const other = Account.open(folder);
    other.putResource(record("a", "1"));
    other.close();
    assert.equal(account.resource("a", "1")?.id, "1");
  });

  it("hands out records that no reader can change", () => {
    account.putResource(record("a", "1", { tags: { x: "1" } }));
    const tags = account.resource("a", "1")?.outputs["tags"] as Record<string, string>;
    assert.throws(() => (tags["x"] = "2"), TypeError);
  });

  it("lists exactly the keys that start with a prefix, in order", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "b", "%", "_", "/", "\ud7ff", "\ue000", "\u{10ffff}"),
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 12 }), text, (keys, prefix) => {
        const table = account.table<number>("t");
        for (const [key] of [...table.entries()]) table.delete(key);
        for (const [i, key] of keys.entries()) table.put(key, i);
        const expected = keys
          .filter((key) => key.startsWith(prefix))
          .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        assert.deepEqual(
          Array.from(table.entries(prefix), ([key]) => key),
          expected,
        );
      }),
      { numRuns: 60 },
    );
  });
});
