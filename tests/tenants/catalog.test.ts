import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { formatFault, loadTenants, parseTenant, readCatalog, CatalogError } from "../../tenants/catalog.ts";

const ACME = {
  id: "acme",
  name: "Acme",
  tier: "silo",
  status: "active",
  plan: "standard",
  admin: "a@acme.example",
};
const bytes = (text: string): Uint8Array => Buffer.from(text);

interface Case {
  readonly what: string;
  readonly file?: string;
  readonly text: string;
  readonly faults: readonly string[];
}
const cases = parse(
  readFileSync(new URL("../scenarios/catalogue/faults.yaml", import.meta.url), "utf8"),
) as Case[];

describe("a tenant's file", () => {
  for (const { what, file = "acme.yaml", text, faults } of cases) {
    it(`is refused: ${what}`, () => {
      const result = parseTenant(bytes(text), file);
      assert.ok("faults" in result);
      const told = result.faults.map((fault) => formatFault(fault));
      assert.equal(told.length, faults.length, told.join("\n"));
      for (const [index, expected] of faults.entries()) {
        // `LINE:COLUMN words`, or words alone where the place is the parser's business.
        const [, place = "", words = ""] = /^(\d+:\d+)? ?(.*)$/s.exec(expected)!;
        assert.ok(told[index]!.startsWith(`${file}:${place}`), `${told[index]!} is not at ${place}`);
        assert.ok(told[index]!.includes(words), `${told[index]!} does not say: ${words}`);
      }
    });
  }

  it("gets the defaults that the schema states, and nothing else", () => {
    const result = parseTenant(bytes(stringify(ACME)), "acme.yaml");
    assert.deepEqual(result, { tenant: { ...ACME, cell: 0, groups: [], machineClients: [] } });
  });

  it("that is not UTF-8 is refused", () => {
    const result = parseTenant(Uint8Array.from([0x69, 0x64, 0x3a, 0xff, 0xfe]), "acme.yaml");
    assert.ok("faults" in result);
    assert.match(result.faults[0]!.message, /UTF-8/);
  });

  it("never throws, whatever it holds, and never passes as another tenant's", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.uint8Array().map((b) => Buffer.from(b).toString("latin1")),
        ),
        (text) => {
          const result = parseTenant(bytes(text), "acme.yaml");
          if ("tenant" in result) assert.equal(result.tenant.id, "acme");
          else assert.ok(result.faults.length > 0);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("with any one value changed to something else is refused at that key's line", () => {
    const keys = Object.keys(ACME) as (keyof typeof ACME)[];
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.constantFrom(null, 7, true, [], {}), (key, wrong) => {
        const text = keys.map((k) => `${k}: ${JSON.stringify(k === key ? wrong : ACME[k])}`).join("\n");
        const result = parseTenant(bytes(text), "acme.yaml");
        assert.ok("faults" in result);
        assert.ok(result.faults.every(({ line }) => line === keys.indexOf(key) + 1));
      }),
    );
  });
});

describe("the catalogue of an environment", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "catalogue-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("may be empty", () => {
    assert.deepEqual(readCatalog(folder), { tenants: [], faults: [] });
    writeFileSync(join(folder, ".gitkeep"), "");
    assert.deepEqual(readCatalog(folder), { tenants: [], faults: [] });
  });

  it("is ordered by id, and one file's fault costs no other file", () => {
    writeFileSync(join(folder, "zeta.yaml"), stringify({ ...ACME, id: "zeta" }));
    writeFileSync(join(folder, "acme.yaml"), stringify(ACME));
    writeFileSync(join(folder, "broken.yaml"), "id: [");
    const { tenants, faults } = readCatalog(folder);
    assert.deepEqual(
      tenants.map(({ id }) => id),
      ["acme", "zeta"],
    );
    assert.deepEqual([...new Set(faults.map(({ file }) => file))], [join(folder, "broken.yaml")]);
  });

  it("holds tenants only: another file, a folder and a huge file are faults", () => {
    writeFileSync(join(folder, "acme.yml"), stringify(ACME));
    mkdirSync(join(folder, "borealis.yaml"));
    writeFileSync(join(folder, "huge.yaml"), "#".repeat(70_000));
    const { tenants, faults } = readCatalog(folder);
    assert.deepEqual(tenants, []);
    assert.equal(faults.length, 3);
  });

  it("with a fault stops whoever needs all tenants, naming every one", () => {
    writeFileSync(join(folder, "one.yaml"), "id: one");
    writeFileSync(join(folder, "two.yaml"), "id: [");
    assert.throws(
      () => loadTenants(folder),
      (error) =>
        error instanceof CatalogError && /one\.yaml/.test(error.message) && /two\.yaml/.test(error.message),
    );
  });
});
