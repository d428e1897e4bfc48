import assert from "node:assert/strict";
import { claimsLogin } from "../../../runtime/contract/claims.ts";
import { claimsSchema } from "../../../runtime/db-admin/schema.ts";
import { MIGRATIONS } from "../../../runtime/db-admin/migrations.ts";
import { CLUSTER } from "../../local/gateway/claims-cluster.ts";
import { claim, ClaimsAccount, schemaBody, tenantBody } from "./claims-database.ts";

const signal = new AbortController().signal;

describe("db-admin", function () {
  this.timeout(240_000);
  let account: ClaimsAccount;
  before(async () => {
    account = await ClaimsAccount.start();
  });
  after(() => account.stop());

  it("brings the schema forward, once", async () => {
    assert.deepEqual(await account.schema.apply("bulkhead", schemaBody()), {
      version: MIGRATIONS.length,
      applied: MIGRATIONS.length,
    });
    assert.deepEqual(await account.schema.apply("bulkhead", schemaBody()), {
      version: MIGRATIONS.length,
      applied: 0,
    });
  });

  it("refuses a migration that was edited, and a version that it doesn't know", async () => {
    const edited = MIGRATIONS.map((each, index) =>
      index === 0 ? { ...each, statements: ["SELECT 1 AS edited"] } : each,
    );
    await assert.rejects(claimsSchema(account.database, CLUSTER, edited).apply("bulkhead", schemaBody()), {
      message: /migration 1 was applied with another text/,
    });
    const older = claimsSchema(account.database, CLUSTER, MIGRATIONS.slice(0, 1));
    await assert.rejects(older.apply("bulkhead", { ...schemaBody(), version: 1 }), {
      message: /newest migration is not 1/,
    });
    assert.throws(() => account.schema.parse({ ...schemaBody(), version: 99 }), /version 99/);
    assert.throws(() => account.schema.parse({ ...schemaBody(), cluster: "other" }), /not other/);
  });

  it("applies a migration whole or not at all", async () => {
    const broken = [
      ...MIGRATIONS,
      { title: "broken", statements: ["CREATE TABLE bulkhead.half (n int)", "SELECT 1/0"] },
    ];
    const next = claimsSchema(account.database, CLUSTER, broken);
    await assert.rejects(next.apply("bulkhead", { ...schemaBody(), version: broken.length }), {
      message: /22012/,
    });
    const [found] = await account.asSuperuser("SELECT to_regclass('bulkhead.half')::text AS half");
    assert.deepEqual(found, { half: null });
  });

  for (const [what, statement, undo, told] of [
    [
      "a table without row-level security",
      "CREATE TABLE bulkhead.bare (n int)",
      "DROP TABLE bulkhead.bare",
      /bare has no forced/,
    ],
    [
      "a view that shows what its owner sees",
      "CREATE VIEW bulkhead.seen AS SELECT * FROM bulkhead.claims",
      "DROP VIEW bulkhead.seen",
      /seen shows rows past/,
    ],
    [
      "a function that runs as its owner",
      "CREATE FUNCTION bulkhead.all_claims() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM bulkhead.claims'",
      "DROP FUNCTION bulkhead.all_claims()",
      /function all_claims runs as its owner/,
    ],
  ] as const)
    it(`does not take ${what} for right`, async () => {
      await account.asSuperuser(statement);
      await assert.rejects(account.schema.apply("bulkhead", schemaBody()), { message: told });
      await account.asSuperuser(undo);
    });

  it("makes a tenant's login, which reads its partitions and nothing else", async () => {
    await account.addTenant("acme", [claim("CLM-1"), claim("CLM-2", { status: "paid", amount: "250.50" })]);
    const { claims } = await account.claims.list(account.context("acme"), {}, signal);
    assert.deepEqual(
      claims.map(({ id }) => id),
      ["CLM-1", "CLM-2"],
    );
  });

  it("makes it again without a change, and with the password that the secret holds", async () => {
    await account.tenants.apply(claimsLogin("acme"), tenantBody("acme"));
    assert.equal((await account.claims.list(account.context("acme"), {}, signal)).claims.length, 2);
  });

  it("takes back what a login should not have", async () => {
    const login = `"${claimsLogin("acme")}"`;
    for (const [more, back, told] of [
      [
        `GRANT INSERT ON bulkhead.claims_acme TO ${login}`,
        `REVOKE INSERT ON bulkhead.claims_acme FROM ${login}`,
        /it may .*INSERT/,
      ],
      [
        `GRANT SELECT (description) ON bulkhead.claims TO ${login}`,
        `REVOKE SELECT (description) ON bulkhead.claims FROM ${login}`,
        /it may .*claims\.description SELECT/,
      ],
      [
        "GRANT TEMPORARY ON DATABASE claims TO PUBLIC",
        "REVOKE TEMPORARY ON DATABASE claims FROM PUBLIC",
        /it may .*database claims TEMPORARY/,
      ],
      [
        `GRANT CREATE ON SCHEMA bulkhead TO ${login}`,
        `REVOKE CREATE ON SCHEMA bulkhead FROM ${login}`,
        /it may .*schema bulkhead CREATE/,
      ],
      [
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        /it may .*schema public CREATE/,
      ],
      [
        "GRANT SELECT ON bulkhead.claims TO PUBLIC",
        "REVOKE SELECT ON bulkhead.claims FROM PUBLIC",
        /it may (.*, )?claims SELECT/,
      ],
      [
        `GRANT pg_read_all_data TO ${login}`,
        `REVOKE pg_read_all_data FROM ${login}`,
        /in the role pg_read_all_data/,
      ],
      [`ALTER ROLE ${login} BYPASSRLS`, `ALTER ROLE ${login} NOBYPASSRLS`, /powers/],
    ] as const) {
      await account.asSuperuser(more);
      await assert.rejects(account.tenants.apply(claimsLogin("acme"), tenantBody("acme")), { message: told });
      await account.asSuperuser(back);
    }
    await account.tenants.apply(claimsLogin("acme"), tenantBody("acme"));
  });

  for (const [what, change] of [
    ["another tenant's login", { login: "app_borealis" }],
    ["another tenant's secret", { secret: "bulkhead/test/claims/borealis/login" }],
    ["a grant on another tenant's partition", { grants: tenantBody("borealis").grants }],
    [
      "a grant on a whole table",
      { grants: [{ table: "claims", partition: "claims", privileges: ["SELECT"] }] },
    ],
    ["a role to be in", { memberOf: ["bulkhead_admin"] }],
    ["no tenant's id", { tenant: 'acme"; DROP SCHEMA bulkhead; --' }],
  ] as const)
    it(`refuses ${what}`, () => {
      assert.throws(() => account.tenants.parse({ ...tenantBody("acme"), ...change }));
    });

  it("does not read what it has added", async () => {
    assert.deepEqual(await account.database.ask({ sql: "SELECT count(*)::int AS n FROM bulkhead.claims" }), [
      { n: 0 },
    ]);
    await assert.rejects(
      account.database.ask({
        sql: `INSERT INTO bulkhead.user_tenants (tenant_id, login) SELECT 'nobody', 'app_acme'`,
      }),
    );
  });

  it("makes and removes many tenants at once", async () => {
    const many = ["one-a", "one-b", "one-c", "one-d", "one-e", "one-f"];
    await Promise.all(many.map((id) => account.addTenant(id, [claim("CLM-1")])));
    await Promise.all(many.map((id) => account.tenants.remove(claimsLogin(id), tenantBody(id))));
  });

  it("removes a tenant with its rows, also twice, and leaves others as they are", async () => {
    await account.addTenant("acme-2", [claim("CLM-9")]);
    await account.asLogin("acme-2", "SELECT 1 AS one");
    await account.tenants.remove(claimsLogin("acme-2"), tenantBody("acme-2"));
    await account.tenants.remove(claimsLogin("acme-2"), tenantBody("acme-2"));
    const left = await account.asSuperuser(
      "SELECT relname FROM pg_class WHERE relname LIKE '%acme-2%' UNION SELECT rolname FROM pg_roles WHERE rolname LIKE '%acme-2%'",
    );
    assert.deepEqual(left, []);
    assert.equal((await account.claims.list(account.context("acme"), {}, signal)).claims.length, 2);
    await assert.rejects(account.claims.list(account.context("acme-2"), {}, signal), {
      name: "DependencyUnavailable",
    });
  });
});
