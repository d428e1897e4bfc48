import assert from "node:assert/strict";

import { AUDIT_CONFIG, domainAudit } from "../../../runtime/search-admin/domain-audit.ts";
import { deployDomain, openSearch } from "../../local/gateway/domain-account.ts";
import { startTestGateway, type TestGateway } from "../../local/gateway/support.ts";

const DOMAIN = "bulkhead-test";
const PATH = "/_plugins/_security/api/audit";

describe("search-admin: the domain's audit", () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway((deployment) => {
      const everything = { Effect: "Allow", Action: "es:*", Resource: "*" } as const;
      for (const role of ["search-admin", "data.acme"]) deployment.role(role, { policy: [everything] });
      deployDomain(deployment, DOMAIN);
    });
  });
  after(() => test.stop());

  const as = (role: string) =>
    domainAudit({
      find: () => Promise.resolve("https://search.example"),
      connect: () => openSearch(test, DOMAIN, role),
      wait: { seconds: 0 },
    });
  const config = async (): Promise<unknown> => {
    const client = openSearch(test, DOMAIN, "search-admin");
    const answer = await client.transport.request({ method: "GET", path: PATH });
    return (answer.body as { config: unknown }).config;
  };

  it("is switched on, once and again, without any body of a request", async () => {
    assert.notDeepEqual(await config(), AUDIT_CONFIG);
    for (let i = 0; i < 2; i++) await as("search-admin").apply(DOMAIN, { domain: DOMAIN });
    assert.deepEqual(await config(), AUDIT_CONFIG);
    assert.equal(AUDIT_CONFIG.audit.log_request_body, false);
  });

  it("is put back where somebody changed it, or has it watch documents", async () => {
    const client = openSearch(test, DOMAIN, "search-admin");
    for (const changed of [
      { ...AUDIT_CONFIG, enabled: false },
      { ...AUDIT_CONFIG, audit: { ...AUDIT_CONFIG.audit, log_request_body: true } },
      {
        ...AUDIT_CONFIG,
        compliance: { ...AUDIT_CONFIG.compliance, read_watched_fields: { "kb.*": ["text"] } },
      },
    ]) {
      await client.transport.request({ method: "PUT", path: `${PATH}/config`, body: changed });
      await as("search-admin").apply(DOMAIN, { domain: DOMAIN });
      assert.deepEqual(await config(), AUDIT_CONFIG);
    }
  });

  it("stays on when its document is removed, and is nobody else's to switch off", async () => {
    await as("search-admin").remove(DOMAIN, { domain: DOMAIN });
    assert.deepEqual(await config(), AUDIT_CONFIG);
    const tenant = openSearch(test, DOMAIN, "data.acme");
    await assert.rejects(
      tenant.transport.request({ method: "PUT", path: `${PATH}/config`, body: { enabled: false } }),
      { name: "ResponseError" },
    );
    assert.deepEqual(await config(), AUDIT_CONFIG);
  });
});
