import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resourceType } from "../../../local/provider/catalogue.ts";
import { faults } from "../../../local/provider/check.ts";
import { changes } from "../../../local/provider/diff.ts";
import { settings, settingsFaults } from "../../../local/provider/settings.ts";
import { reveal } from "../../../local/provider/values.ts";

type Values = Record<string, unknown>;
interface CheckCase {
  readonly name: string;
  readonly type: string;
  readonly inputs: Values;
  readonly faults: string[];
}
interface DiffCase {
  readonly name: string;
  readonly type: string;
  readonly olds: Values;
  readonly news: Values;
  readonly changes: string[];
}

const cases = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`cases/${name}.json`, import.meta.url), "utf8"));

describe("check", () => {
  for (const { name, type, inputs, faults: expected } of cases("check") as CheckCase[])
    it(name, () => {
      const found = faults(resourceType(type)!, inputs);
      assert.deepEqual(
        found.map(({ property, reason }) => `${property}: ${reason}`),
        expected,
      );
    });

  it("looks into secrets", () => {
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "UPPER" };
    const inputs = reveal({ bucket: secret }) as Values;
    assert.equal(faults(resourceType("aws:s3/bucket:Bucket")!, inputs).length, 1);
  });
});

describe("diff", () => {
  for (const { name, type, olds, news, changes: expected } of cases("diff") as DiffCase[])
    it(name, () => {
      const found = changes(resourceType(type)!, olds, news);
      assert.deepEqual(
        found.map(({ path, kind, replaces }) => [path, kind, ...(replaces ? ["replaces"] : [])].join(" ")),
        expected,
      );
    });
});

describe("provider settings", () => {
  it("refuses a setting that it doesn't know, and another account", () => {
    const found = settingsFaults({
      region: "us-east-1",
      assumeRoles: "[]",
      allowedAccountIds: '["999999999999"]',
    });
    assert.deepEqual(
      found.map(({ property }) => property),
      ["assumeRoles", "allowedAccountIds"],
    );
    assert.throws(() => settings({ assumeRoles: "[]" }), /aws:assumeRoles: is not a setting/);
  });

  it("reads default tags and the region", () => {
    const read = settings({
      region: "eu-west-1",
      defaultTags: '{"tags":{"team":"x"}}',
      skipCredentialsValidation: "true",
      allowedAccountIds: '["111122223333"]',
    });
    assert.equal(read.place.region, "eu-west-1");
    assert.deepEqual(read.defaultTags, { team: "x" });
  });
});
