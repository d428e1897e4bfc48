import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTenants } from "../../bench/support/tenant-files.ts";
import { loadTenants } from "../../tenants/catalog.ts";

describe("benchmarks: tenants", () => {
  it("writes a catalogue without faults, in the tiers that were asked for", () => {
    const folder = mkdtempSync(join(tmpdir(), "bulkhead-bench-"));
    try {
      const tenants = loadTenants(writeTenants(join(folder, "tenants"), ["silo", "pool", "pool"]));
      assert.deepEqual(
        tenants.map(({ id, tier }) => [id, tier]),
        [
          ["tenant-0001", "silo"],
          ["tenant-0002", "pool"],
          ["tenant-0003", "pool"],
        ],
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
