/** Whatever bytes stand in a folder of tenants: tenants or faults with a place, in bounded time, and nothing else. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { stringify } from "yaml";
import { formatFault, loadTenants, parseTenant, readCatalog, CatalogError } from "../../tenants/catalog.ts";
import { tenantSchema, type TenantSpec } from "../../tenants/schema.ts";
import {
  fuzz,
  hostileJson,
  hostileText,
  jsonOf,
  mutatedBytes,
  RUNS,
  SEEDED,
  TRAPS,
  within,
} from "./support/fuzz.ts";

const FILE = "acme.yaml";
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

const group = fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/);
const tenant = fc.record(
  {
    id: fc.constant("acme"),
    name: fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((text) => text.trim() !== ""),
    tier: fc.constantFrom("silo", "pool"),
    status: fc.constantFrom("active", "suspended", "offboarding"),
    plan: fc.constantFrom("standard", "premium"),
    admin: fc.constantFrom("admin@acme.example", "a.b+c@x-y.example"),
    cell: fc.integer({ min: 0, max: 999 }),
    groups: fc.uniqueArray(
      group.filter((name) => name !== "admin"),
      { maxLength: 5 },
    ),
    machineClients: fc.uniqueArray(
      fc.record(
        {
          name: group.filter((name) => name !== "people"),
          scopes: fc.uniqueArray(fc.constantFrom("chat", "documents.read", "documents.write"), {
            minLength: 1,
          }),
        },
        { noNullPrototype: true },
      ),
      { maxLength: 3, selector: ({ name }) => name },
    ),
    identityProvider: fc.oneof(
      fc.record(
        {
          type: fc.constant("oidc"),
          issuer: fc.webUrl({ validSchemes: ["https"] }),
          clientId: fc.constantFrom("bulkhead", "0oa1b2c3"),
        },
        { noNullPrototype: true },
      ),
      fc.record(
        { type: fc.constant("saml"), metadataUrl: fc.webUrl({ validSchemes: ["https"] }) },
        { noNullPrototype: true },
      ),
    ),
  },
  { requiredKeys: ["id", "name", "tier", "status", "plan", "admin"], noNullPrototype: true },
);

/** One value, written in the ways that YAML has. */
const styles: readonly ((value: object) => string)[] = [
  (value) => stringify(value),
  (value) => JSON.stringify(value, undefined, 2),
  (value) => stringify(value, { collectionStyle: "flow" }),
  (value) => stringify(value, { defaultStringType: "QUOTE_DOUBLE", lineWidth: 0 }),
  (value) => `\ufeff# a comment\n${stringify(value)}`,
  (value) => stringify(value).replaceAll("\n", "\r\n"),
  (value) => `---\n${stringify(value, { indent: 7 })}...\n`,
];

const VALID = styles.map((write) =>
  write({
    id: "acme",
    name: "Acme Insurance",
    tier: "silo",
    status: "active",
    plan: "premium",
    admin: "admin@acme.example",
    groups: ["regular", "platinum"],
    identityProvider: { type: "oidc", issuer: "https://login.acme.example", clientId: "bulkhead" },
    machineClients: [{ name: "crm", scopes: ["chat", "documents.read"] }],
  }),
);

/** Pieces of YAML that have cost parsers their lives. */
const SNIPPETS = [
  ...[
    "&a",
    "*a",
    "<<: *a\n",
    "&a [*a]",
    "!!binary |\n  R0lG\n",
    "!!set {a}\n",
    "!<tag:yaml.org,2002:map> {}",
    "!foo bar",
  ],
  ...[
    "? [a, b]\n: c\n",
    "? |\n  a\n: - b\n",
    "- - - - x\n",
    "{a: {a: {a: ",
    "[[[[[",
    "]]]]",
    "}}",
    "|+\n\n\n",
    ">-9\n x\n",
  ],
  ...[
    "%YAML 9.9\n---\n",
    "%TAG ! tag:x\n---\n",
    "---\n",
    "...\n",
    "\t\tx: y\n",
    ": : :\n",
    "# \n",
    "@x\n",
    "`x`\n",
    "0o777",
    ".inf",
  ],
  ...[
    "9".repeat(400),
    "1e999",
    "0x" + "f".repeat(200),
    "2026-01-01T00:00:00Z",
    "12:30:45",
    "~",
    "yes",
    '"\\u0000"',
    '"\\ud800"',
  ],
  ...[
    '"\\x1b[31m"',
    "'it''s'",
    '"unclosed',
    "\u0000",
    "\ufeff",
    "\r",
    "\u0085",
    "\u2028",
    "[".repeat(1000),
    "{a: ".repeat(1000),
  ],
  ...[
    "- ".repeat(1000),
    "? ".repeat(1000),
    "a".repeat(9000),
    "a: 1\n".repeat(1000),
    "&a ".repeat(1000),
    "!a ".repeat(1000),
  ],
  ...TRAPS.map((key) => `${key}: {cell: 3}\n`),
];

/** Most cases are short, so that there can be many. */
const SHORT = SNIPPETS.filter(({ length }) => length < 1000);

/** YAML out of valid parts and hostile ones, line by line. */
const patched = fc
  .tuple(
    fc.constantFrom(...VALID),
    fc.array(
      fc.record({
        line: fc.nat(12),
        keep: fc.boolean(),
        put: fc.oneof(fc.constantFrom(...SHORT), hostileText, hostileJson.map(jsonOf)),
        asValue: fc.boolean(),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([text, patches]) => {
    const lines = text.split("\n");
    for (const { line, keep, put, asValue } of patches) {
      const at = line % lines.length;
      const old = lines[at] ?? "";
      lines.splice(at, keep ? 0 : 1, asValue ? `${old.slice(0, old.indexOf(":") + 1)} ${put}` : put);
    }
    return Buffer.from(lines.join("\n"));
  });

/** What has to hold of any file's result. @returns the tenant, if it is one */
function judge(bytes: Uint8Array, file = FILE): TenantSpec | undefined {
  const result = within(() => parseTenant(bytes, file), file);
  if ("tenant" in result) {
    assert.equal(result.tenant.id, "acme");
    // What was read says the same when it is written again, and the schema takes its own output.
    assert.deepEqual(parseTenant(Buffer.from(stringify(result.tenant)), FILE), result);
    assert.deepEqual(tenantSchema.parse(result.tenant), result.tenant);
    assert.equal(Object.getPrototypeOf(result.tenant), Object.prototype);
    return result.tenant;
  }
  assert.ok(result.faults.length > 0 && result.faults.length <= 50, `${result.faults.length} faults`);
  const lines = Buffer.from(bytes).toString("utf8").split("\n");
  for (const fault of result.faults) {
    assert.equal(fault.file, file);
    assert.ok(
      Number.isInteger(fault.line) && fault.line >= 1 && fault.line <= lines.length + 1,
      `line ${fault.line}`,
    );
    assert.ok(Number.isInteger(fault.column) && fault.column >= 1, `column ${fault.column}`);
    assert.ok(fault.column <= (lines[fault.line - 1]?.length ?? 0) + 2, `column ${fault.column}`);
    assert.ok(fault.message.length > 0);
    const told = formatFault(fault);
    assert.doesNotMatch(told, HIDDEN);
    assert.doesNotMatch(told, /call stack|undefined|\[object|TypeError|RangeError/);
    assert.ok(told.length < 6000);
  }
  return undefined;
}

describe(`a tenant's file, fuzzed ${SEEDED}`, function () {
  this.timeout(240_000);

  it("means the same in every style that YAML can write it in", () => {
    fuzz(
      fc.property(tenant, fc.constantFrom(...styles), (value, write) => {
        const read = judge(Buffer.from(write(value)));
        const expected = { cell: 0, groups: [], machineClients: [], ...value, name: value.name.trim() };
        if (HIDDEN.test(value.name.trim())) assert.equal(read, undefined);
        else assert.deepEqual(read, expected);
      }),
      RUNS / 5,
    );
  });

  it("with hostile lines is a tenant or has faults with a place", () => {
    let tenants = 0;
    fuzz(
      fc.property(patched, (bytes) => {
        if (judge(bytes)) tenants += 1;
      }),
    );
    // Both outcomes have to be among the cases, or the mutations are too tame or too wild.
    assert.ok(tenants > RUNS / 1000 && tenants < RUNS / 2, `${tenants} of ${RUNS} were tenants`);
  });

  it("with bytes changed, cut, doubled or put in is a tenant or has faults with a place", () => {
    fuzz(fc.property(mutatedBytes([...VALID, ...SHORT]), (bytes) => void judge(bytes)));
  });

  it("of up to 8 KiB is read in bounded time, whatever repeats in it", () => {
    for (const unit of [...SNIPPETS, ...TRAPS, ...Array.from("[]{}:,-?&*!|>'\"%@`#\n\t \r\\~a")])
      if (unit !== "") judge(Buffer.from(unit.repeat(Math.floor(8_192 / Buffer.byteLength(unit)))));
    judge(Buffer.from(Array.from({ length: 1000 }, (_, n) => `k${n}: 1`).join("\n")));
    judge(Buffer.from(Array.from({ length: 110 }, (_, n) => `${" ".repeat(n)}a:`).join("\n")));
  });

  it("of more than 8 KiB is refused", () => {
    const text = `${VALID[0]!}#${"x".repeat(8_192)}`;
    assert.equal(judge(Buffer.from(text)), undefined);
  });
});

describe(`a folder of tenants, fuzzed ${SEEDED}`, function () {
  this.timeout(240_000);

  const name = fc.oneof(
    fc.constantFrom(
      "acme.yaml",
      ".hidden",
      "acme.yaml.yaml",
      "ACME.yaml",
      "-rf.yaml",
      "con.yaml",
      " .yaml",
      "$(id).yaml",
    ),
    fc.constantFrom(
      "a\nb.yaml",
      "\u001b[2J.yaml",
      "\u202egnp.yaml",
      "..yaml",
      "...yaml",
      "😀.yaml",
      "é.yaml",
      "e\u0301.yaml",
    ),
    fc.constantFrom(...TRAPS.filter(Boolean)).map((text) => `${text}.yaml`),
    hostileText.map((text) => `${text.replaceAll(/[\0/]/g, "").slice(0, 60)}.yaml`),
    fc
      .uint8Array({ minLength: 1, maxLength: 20 })
      .map((bytes) =>
        Buffer.concat([
          Buffer.from(bytes).map((byte) => (byte === 0 || byte === 47 ? 120 : byte)),
          Buffer.from(".yaml"),
        ]),
      ),
  );
  const entry = fc.record({
    name,
    kind: fc.constantFrom("file", "file", "file", "folder", "link", "loop"),
    text: fc.constantFrom(...VALID, ...SHORT),
  });

  it("tells of every hostile entry by one line, and loses no good tenant to it", () => {
    fuzz(
      fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
        const folder = mkdtempSync(join(tmpdir(), "bulkhead-fuzz-"));
        try {
          writeFileSync(join(folder, "zeta.yaml"), stringify({ ...JSON.parse(VALID[1]!), id: "zeta" }));
          for (const each of entries) make(folder, each);
          const { tenants, faults } = within(() => readCatalog(folder));
          assert.ok(tenants.some(({ id }) => id === "zeta"));
          assert.ok(tenants.every(({ id }) => id === "zeta" || id === "acme"));
          for (const fault of faults) assert.doesNotMatch(formatFault(fault), HIDDEN);
          if (faults.length === 0) assert.deepEqual(loadTenants(folder), tenants);
          else assert.throws(() => loadTenants(folder), CatalogError);
        } finally {
          rmSync(folder, { recursive: true });
        }
      }),
      RUNS / 20,
    );
  });
});

interface Entry {
  readonly name: string | Buffer;
  readonly kind: string;
  readonly text: string;
}

/** What the file system does not take is no case. */
function make(folder: string, { name, kind, text }: Entry): void {
  const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)]);
  try {
    if (kind === "folder") mkdirSync(path);
    else if (kind === "link") symlinkSync("/dev/zero", path);
    else if (kind === "loop") symlinkSync(name, path);
    else if (name !== "zeta.yaml") writeFileSync(path, text);
  } catch (error) {
    if (
      !["EEXIST", "ENAMETOOLONG", "EISDIR", "EINVAL", "EILSEQ", "ENOENT", "ELOOP"].includes(
        (error as NodeJS.ErrnoException).code ?? "",
      )
    )
      throw error;
  }
}
