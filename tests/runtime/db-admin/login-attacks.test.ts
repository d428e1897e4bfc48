/** What somebody could do to others who got hold of a tenant's login: by the Data API, and by a connection of its own. */
import assert from "node:assert/strict";
import type { Client } from "pg";
import { claimsLogin } from "../../../runtime/contract/claims.ts";
import { claim, ClaimsAccount, schemaBody, tenantBody } from "./claims-database.ts";

describe("a login in somebody's hands", function () {
  this.timeout(240_000);
  let account: ClaimsAccount;
  let held: Client | undefined;
  before(async () => {
    account = await ClaimsAccount.start();
    await account.schema.apply("bulkhead", schemaBody());
    await account.addTenant("acme", [claim("CLM-A-001")]);
  });
  afterEach(async () => {
    await held?.end();
    held = undefined;
  });
  after(() => account.stop());

  const hold = async (...statements: readonly string[]): Promise<Client> => {
    held = await account.connect("acme");
    for (const sql of ["SET idle_in_transaction_session_timeout = 0", "BEGIN", ...statements])
      await held.query(sql);
    return held;
  };
  const onboardsIn = async (tenant: string): Promise<number> => {
    const start = performance.now();
    await account.addTenant(tenant);
    return (performance.now() - start) / 1000;
  };

  it("takes no lock that administration waits for", async () => {
    await hold("SELECT pg_advisory_lock(hashtext('bulkhead'))", "SELECT pg_advisory_lock_shared(1)");
    assert.ok((await onboardsIn("borealis")) < 10);
  });

  it("holds no table that administration needs, longer than a question takes", async () => {
    await hold("PREPARE mine AS SELECT description FROM bulkhead.claims");
    await held?.query("SELECT pg_sleep(1.2)");
    assert.ok((await onboardsIn("cobalt")) < 10);
    await assert.rejects(held?.query("SELECT 1") ?? Promise.resolve());
  });

  it("has so many connections and no more, and leaves others theirs", async () => {
    const clients: Client[] = [];
    try {
      await assert.rejects(
        async () => {
          for (let count = 0; count < 60; count += 1) clients.push(await account.connect("acme"));
        },
        { message: /too many connections for role/ },
      );
      assert.ok(clients.length >= 10, `${clients.length}`);
      await (await account.connect("borealis")).end();
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });

  for (const database of ["postgres", "template1"])
    it(`does not get into the database ${database}`, async () => {
      await assert.rejects(account.connect("acme", database), {
        message: /permission denied for database|User does not have CONNECT privilege/,
      });
    });

  it("leaves nothing behind when its tenant goes", async () => {
    await account.addTenant("leaver");
    const client = await account.connect("leaver");
    await client.query("SET default_transaction_read_only = off");
    await client.query("SELECT lo_from_bytea(0, 'mine')");
    await client.query("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC");
    await client.query("BEGIN");
    await client.query("PREPARE mine AS SELECT 1 FROM bulkhead.claims");
    const start = performance.now();
    await account.tenants.remove(claimsLogin("leaver"), tenantBody("leaver"));
    assert.ok(performance.now() - start < 10_000);
    const left = await account.asSuperuser(
      `SELECT 'large object' AS left FROM pg_largeobject_metadata UNION ALL SELECT 'default' FROM pg_default_acl a
       WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = a.defaclrole)`,
    );
    assert.deepEqual(left, []);
  });
});
