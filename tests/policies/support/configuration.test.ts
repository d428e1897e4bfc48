import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rules } from "../../../policies/catalogue.ts";
import { configurationOf } from "../../../policies/support/configuration.ts";

describe("policy pack: an environment's configuration", () => {
  let pack: string;
  let file: string;
  beforeEach(() => {
    pack = mkdtempSync(join(tmpdir(), "bulkhead-pack-"));
    for (const folder of ["rules", "config"]) mkdirSync(join(pack, folder));
    for (const { name } of rules) writeFileSync(join(pack, "rules", `${name}.ts`), "");
    file = join(pack, "config", "dev.json");
  });
  afterEach(() => {
    rmSync(pack, { recursive: true });
  });

  it("is a file that may hold rules' settings, or is absent", () => {
    assert.equal(configurationOf(pack, "dev"), undefined);
    writeFileSync(
      file,
      JSON.stringify({
        "kms-rotation": { exceptions: [{ resource: "a:b:C::d", reason: "old", expires: "2027-01-31" }] },
        "tenant-bucket-principal-tag": { deploymentRoles: [] },
      }),
    );
    assert.equal(configurationOf(pack, "dev"), file);
    assert.equal(configurationOf(pack, "prod"), undefined);
  });

  for (const [what, text, fault] of [
    [
      "a rule that is disabled",
      '{"isolation-proof":{"enforcementLevel":"disabled"}}',
      /isolation-proof: a rule's/,
    ],
    ["a rule that is disabled, in short", '{"isolation-proof":"disabled"}', /isolation-proof: a rule's/],
    ["a rule that is made advice", '{"s3-private":{"enforcementLevel":"advisory"}}', /s3-private: a rule's/],
    [
      "the list of exceptions, disabled",
      '{"exceptions-in-force":"disabled"}',
      /exceptions-in-force: a rule's/,
    ],
    ["the level that a rule has anyway", '{"s3-private":"mandatory"}', /s3-private: a rule's/],
    ["all rules at once", '{"all":"disabled"}', /"all" is no rule/],
    [
      "the last of two entries for a rule",
      '{"s3-private":{},"s3-private":"disabled"}',
      /s3-private: a rule's/,
    ],
    ["no rule's name", '{"kms-rotations":{"exceptions":[]}}', /"kms-rotations" is no rule/],
    ["settings that are a list", '{"kms-rotation":[]}', /kms-rotation: expected an object/],
    ["nothing for a rule", '{"kms-rotation":null}', /kms-rotation: expected an object/],
    ["a list of rules", "[]", /expected an object: settings by/],
    ["null", "null", /expected an object: settings by/],
    ["an empty file", "", /is no JSON/],
    ["half a file", '{"kms-rotation":', /is no JSON/],
    ["comments", '{} // {"isolation-proof":"disabled"}', /is no JSON/],
  ] as const)
    it(`is refused where it holds ${what}`, () => {
      writeFileSync(file, text);
      assert.throws(() => configurationOf(pack, "dev"), fault);
    });

  it("is refused where it can't be read", () => {
    mkdirSync(file);
    assert.throws(() => configurationOf(pack, "dev"), /dev\.json can't be read: EISDIR/);
  });

  it("tells all faults at once", () => {
    writeFileSync(file, '{"all":"disabled","kms-rotation":"advisory"}');
    assert.throws(() => configurationOf(pack, "dev"), /is no rule[^]*\n[^]*kms-rotation/);
  });

  it("may be what the documentation's example says", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/pull-requests.md"), "utf8");
    const [, example = ""] = /`policies\/config\/dev\.json`:\n+```json\n([^]*?)```/.exec(page) ?? [];
    writeFileSync(file, example);
    assert.equal(configurationOf(pack, "dev"), file);
    const set = Object.entries(JSON.parse(example) as Record<string, object>);
    assert.equal(set.length, 2);
    for (const [name, settings] of set) {
      const known = rules.find((rule) => rule.name === name)?.configSchema.properties ?? {};
      for (const setting of Object.keys(settings)) assert.ok(setting in known, `${name}: ${setting}`);
    }
  });

  it("is well-formed in the project, for each environment that has one", () => {
    const project = join(import.meta.dirname, "../../../policies");
    for (const environment of ["local", "dev", "prod"])
      assert.doesNotThrow(() => configurationOf(project, environment));
  });
});
