/** A small part of `npm run load`: its whole takes minutes. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { latencies, memoryOf } from "../../local/load/figures.ts";
import { runLoad } from "../../local/load/run.ts";
import { loadTenants } from "../../local/load/tenants.ts";

describe("load", () => {
  it("of many clients: no request fails, no answer holds another tenant's canary", async function () {
    this.timeout(600_000);
    const folder = mkdtempSync(join(tmpdir(), "bulkhead-load-"));
    try {
      const { requests, perSecond, faults, leaks, latency, memory } = await runLoad({
        seconds: 15,
        clients: 60,
        tenants: 4,
        folder,
      });
      const { all } = latency;
      const mib = Math.round(memory.after / 2 ** 20);
      process.stdout.write(
        `    ${requests} requests, ${perSecond.toFixed(1)} a second, p95 ${all?.p95 ?? 0} ms, ${mib} MiB\n`,
      );
      assert.deepEqual(faults, {});
      assert.equal(leaks, 0);
      for (const kind of ["chat", "me", "list"] as const) assert.ok((latency[kind]?.count ?? 0) > 0, kind);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("figures: percentiles by nearest rank, growth between the last two quarters", () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.deepEqual(latencies(values), { count: 100, p50: 50, p95: 95, p99: 99, max: 100 });
    assert.deepEqual(latencies([]), { count: 0, p50: 0, p95: 0, p99: 0, max: 0 });
    const { before, after, growth } = memoryOf([1, 5, 100, 100, 100, 100, 150, 150]);
    assert.deepEqual([before, after, growth], [100, 150, 0.5]);
  });

  it("tenants: of both tiers, with canaries and ids that are not one another's", () => {
    const tenants = loadTenants(20);
    assert.equal(new Set(tenants.map(({ canary }) => canary)).size, 20);
    assert.equal(new Set(tenants.map(({ id }) => id)).size, 20);
    for (const tier of ["silo", "pool"])
      assert.equal(tenants.filter((tenant) => tenant.tier === tier).length, 10, tier);
    assert.ok(tenants.some(({ id }) => tenants.some((other) => other.id.startsWith(`${id}-`))));
  });
});
