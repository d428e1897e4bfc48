import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tenantJsonSchema } from "../../tenants/json-schema.ts";

const TENANTS = join(import.meta.dirname, "..", "..", "tenants");

describe("tenant.schema.json", () => {
  it("is what the schema generates (node tenants/json-schema.ts writes it)", () => {
    assert.equal(readFileSync(join(TENANTS, "tenant.schema.json"), "utf8"), tenantJsonSchema());
  });

  it("is named by every sample, so that editors use it", () => {
    for (const file of readdirSync(join(TENANTS, "config", "local"))) {
      const text = readFileSync(join(TENANTS, "config", "local", file), "utf8");
      assert.match(text, /^# yaml-language-server: \$schema=\.\.\/\.\.\/tenant\.schema\.json\n/, file);
    }
  });
});
