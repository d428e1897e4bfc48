/** A tenant's login that runs any statement: by the Data API, and by a connection of its own. Each refused by what the case says. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { claim, ClaimsAccount, schemaBody, told, type Attempt } from "./claims-database.ts";
import { ALL_LAYERS, CANARY, GRANTS_OFF, ROW_SECURITY_OFF } from "./layers.ts";

interface Scenario {
  readonly name: string;
  readonly statements: readonly string[];
  readonly refused?: string;
  /** What refuses it without the Data API, if that is something else. */
  readonly directly?: string;
  readonly shows?: string;
  readonly lacks?: string;
  readonly open?: boolean;
}

const SCENARIOS = join(import.meta.dirname, "..", "..", "scenarios", "claims");
const scenarios = ["statements.yaml", "server.yaml"].flatMap(
  (file) => parse(readFileSync(join(SCENARIOS, file), "utf8")) as Scenario[],
);

describe("any statement of a tenant's login", function () {
  this.timeout(240_000);
  let account: ClaimsAccount;
  before(async () => {
    account = await ClaimsAccount.start();
    await account.schema.apply("bulkhead", schemaBody());
    await account.addTenant("acme", [claim("CLM-A-001")]);
    await account.addTenant("borealis", [claim("CLM-B-001", { description: `Barn of ${CANARY}` })]);
  });
  afterEach(() => account.asSuperuser(...ALL_LAYERS));
  after(() => account.stop());

  const rowsOf = (outcome: Attempt): string => {
    assert.ok("rows" in outcome, told(outcome));
    return JSON.stringify(outcome.rows);
  };

  for (const [way, run] of [
    ["by the Data API", (...statements: readonly string[]) => account.asLogin("acme", ...statements)],
    ["directly", (...statements: readonly string[]) => account.directly("acme", ...statements)],
  ] as const)
    describe(way, () => {
      for (const { name, statements, refused, directly, shows, lacks, open } of scenarios) {
        const by = way === "directly" ? (directly ?? refused) : refused;
        it(`${name}: ${by ?? (shows === undefined ? "shows nothing of another tenant" : `shows ${shows}`)}`, async () => {
          const outcome = await run(...statements);
          assert.ok(!told(outcome).includes(CANARY), told(outcome));
          if (by !== undefined) assert.match(told(outcome), new RegExp(by));
          else {
            const rows = rowsOf(outcome);
            if (shows !== undefined) assert.match(rows, new RegExp(shows));
            if (lacks !== undefined) assert.ok(!rows.includes(lacks), rows);
          }
        });
        if (open === true)
          it(`${name}: succeeds when no layer is left`, async () => {
            await account.asSuperuser(...GRANTS_OFF, ...ROW_SECURITY_OFF);
            assert.ok(rowsOf(await run(...statements)).includes(CANARY));
          });
      }
    });

  describe("that turns the policies' own evaluation against them, with every grant", () => {
    for (const statement of [
      "SELECT description::int AS d FROM bulkhead.claims",
      "SELECT description::int AS d FROM bulkhead.claims_borealis",
      "SELECT id FROM bulkhead.claims WHERE description::int = 1",
      "SELECT id FROM bulkhead.claims WHERE 1 / (length(description) - length(description)) = 1",
      "SELECT set_config('app.current_tenant_id', 'borealis', true) AS s, description FROM bulkhead.claims",
      "SELECT c.description FROM (SELECT set_config('app.current_tenant_id', 'borealis', true) AS s) f, bulkhead.claims c",
      "SELECT c.description FROM bulkhead.claims c WHERE set_config('app.current_tenant_id', c.tenant_id, true) <> ''",
      "SELECT c.description FROM bulkhead.claims c JOIN bulkhead.user_tenants m ON m.tenant_id = c.tenant_id",
      "SELECT login::text FROM bulkhead.user_tenants WHERE login <> session_user",
      "SELECT * FROM pg_stats WHERE tablename = 'claims_borealis'",
      "EXPLAIN ANALYZE SELECT description FROM bulkhead.claims WHERE description LIKE '%SALTMARROW%'",
    ])
      it(`${statement}: row-level security shows nothing`, async () => {
        await account.asSuperuser(...GRANTS_OFF, "ANALYZE");
        for (const setting of ["acme", "borealis"]) {
          const outcome = await account.asLogin(
            "acme",
            `SELECT set_config('app.current_tenant_id', '${setting}', true)`,
            statement,
          );
          const shown = told(outcome).replaceAll("%SALTMARROW%", "");
          assert.ok(!shown.includes(CANARY) && !shown.includes("app_borealis"), shown);
        }
      });

    it("and shows another's rows once there is none: the statements are attacks", async () => {
      await account.asSuperuser(...GRANTS_OFF, ...ROW_SECURITY_OFF);
      assert.match(
        told(await account.asLogin("acme", "SELECT description::int AS d FROM bulkhead.claims_borealis")),
        /invalid input syntax for type integer: "Barn of SALTMARROW"/,
      );
    });
  });
});
