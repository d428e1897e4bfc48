import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import {
  claimTotalsInput,
  getClaimInput,
  listClaimsInput,
  type Claims,
} from "../../../runtime/shared/claims.ts";
import {
  claimsStatement,
  claimStatement,
  totalsStatement,
} from "../../../runtime/shared/claims-statements.ts";
import type { Statement } from "../../../runtime/shared/data-api.ts";
import { claim, ClaimsAccount, schemaBody, told } from "../db-admin/claims-database.ts";
import { ALL_LAYERS, CANARY, GRANTS_OFF, MEMBER, ROW_SECURITY_OFF } from "../db-admin/layers.ts";

const SCENARIOS = join(import.meta.dirname, "..", "..", "scenarios", "claims");
const read = (file: string): unknown => parse(readFileSync(join(SCENARIOS, file), "utf8"));
const signal = new AbortController().signal;

interface Injections {
  readonly goals: readonly Readonly<Record<string, string>>[];
  readonly phrasings: readonly Readonly<Record<string, string>>[];
  readonly channels: readonly string[];
}

const forge = "SELECT set_config('app.current_tenant_id', 'borealis', true)";
const own = "SELECT set_config('app.current_tenant_id', 'acme', true)";
const theirs = "SELECT description FROM bulkhead.claims_borealis";
const everything = "SELECT description FROM bulkhead.claims";

interface JsonSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** Paths of all values of an input. */
const argumentsOf = ({ properties = {} }: JsonSchema): string[] =>
  Object.entries(properties).flatMap(([name, schema]) => {
    const inside = argumentsOf(schema as JsonSchema);
    return inside.length === 0 ? [name] : inside.map((path) => `${name}.${path}`);
  });

describe("claims", function () {
  this.timeout(300_000);
  let account: ClaimsAccount;
  let claims: Claims;
  before(async () => {
    account = await ClaimsAccount.start();
    await account.schema.apply("bulkhead", schemaBody());
    const details = {
      payments: [{ id: "P-1", paid: "2026-03-01", amount: "400.25", payee: "Garage" }],
      notes: [{ id: "N-1", written: "2026-02-10", author: "mike", text: "Seen" }],
    };
    await account.addTenant("acme", [
      claim("CLM-A-001", { ...details, amount: "1000.10" }),
      claim("CLM-A-002", {
        status: "paid",
        reported: "2026-03-05",
        amount: "0.20",
        description: "Hail 100% _ \\",
      }),
      claim("CLM-A-003", { kind: "home", reported: "2026-04-05", amount: "5.00", holder: "Bo O'Neil" }),
    ]);
    await account.addTenant("borealis", [
      claim("CLM-B-001", { ...details, description: `Barn of ${CANARY}` }),
      claim("CLM-A-001", { description: `The same number, of ${CANARY}` }),
    ]);
    claims = account.claims;
  });
  afterEach(() => account.asSuperuser(...ALL_LAYERS));
  after(() => account.stop());

  const ids = async (tenant: string, filter = {}) =>
    (await claims.list(account.context(tenant), { filter }, signal)).claims.map(({ id }) => id);

  it("are the context's tenant's, the newest first", async () => {
    assert.deepEqual(await ids("acme"), ["CLM-A-003", "CLM-A-002", "CLM-A-001"]);
    assert.deepEqual(await ids("borealis"), ["CLM-A-001", "CLM-B-001"]);
  });

  it("are found by what is asked for", async () => {
    assert.deepEqual(await ids("acme", { status: "paid" }), ["CLM-A-002"]);
    assert.deepEqual(await ids("acme", { kind: "home" }), ["CLM-A-003"]);
    assert.deepEqual(await ids("acme", { from: "2026-03-05", to: "2026-03-05" }), ["CLM-A-002"]);
    assert.deepEqual(await ids("acme", { text: "o'neil" }), ["CLM-A-003"]);
    // No pattern: every character is itself.
    assert.deepEqual(await ids("acme", { text: "100% _ \\" }), ["CLM-A-002"]);
    assert.deepEqual(await ids("acme", { text: "%" }), ["CLM-A-002"]);
    const { claims: first, more } = await claims.list(account.context("acme"), { limit: 1 }, signal);
    assert.deepEqual([first.map(({ id }) => id), more], [["CLM-A-003"], true]);
  });

  it("come with what belongs to them, of this tenant alone", async () => {
    const found = await claims.get(account.context("acme"), { id: "CLM-A-001" }, signal);
    assert.ok(found);
    assert.equal(found.amount, "1000.10");
    assert.deepEqual(found.payments, [{ id: "P-1", paid: "2026-03-01", amount: "400.25", payee: "Garage" }]);
    assert.deepEqual(found.notes, [{ id: "N-1", written: "2026-02-10", author: "mike", text: "Seen" }]);
    assert.equal(await claims.get(account.context("acme"), { id: "CLM-B-001" }, signal), undefined);
    const theirs = await claims.get(account.context("borealis"), { id: "CLM-A-001" }, signal);
    assert.match(theirs?.description ?? "", new RegExp(CANARY));
  });

  it("are added up to the cent", async () => {
    assert.deepEqual(await claims.totals(account.context("acme"), {}, signal), {
      claims: 3,
      amount: "1005.30",
      paid: "400.25",
      byStatus: [
        { status: "open", claims: 2, amount: "1005.10" },
        { status: "paid", claims: 1, amount: "0.20" },
      ],
    });
    const none = await claims.totals(account.context("acme"), { filter: { status: "denied" } }, signal);
    assert.deepEqual(none, { claims: 0, amount: "0.00", paid: "0.00", byStatus: [] });
  });

  it("are nobody's without a login", async () => {
    await assert.rejects(claims.list(account.context("nobody"), {}, signal), {
      name: "DependencyUnavailable",
    });
  });

  describe("by hostile arguments of tools", () => {
    const { goals, phrasings, channels } = read("injections.yaml") as Injections;
    const payloads = goals.flatMap((goal) =>
      phrasings.map((phrasing) =>
        (Object.values(phrasing)[0] ?? "").replaceAll("{goal}", Object.values(goal)[0] ?? ""),
      ),
    );

    it("are tried through every argument that a tool has", () => {
      const tools = { list: listClaimsInput, get: getClaimInput, totals: claimTotalsInput };
      const found = Object.entries(tools).flatMap(([tool, schema]) =>
        argumentsOf(z.toJSONSchema(schema)).map((path) => `${tool}.${path}`),
      );
      assert.deepEqual([...channels].sort(), found.sort());
    });

    for (const channel of channels)
      it(`${channel}: refused or taken for text, ${payloads.length} times`, async () => {
        const [tool = "", ...path] = channel.split(".");
        const context = account.context("acme");
        for (const payload of payloads) {
          const input = path.reduceRight<unknown>((value, key) => ({ [key]: value }), payload);
          const call = (claims[tool as keyof Claims] as (...args: unknown[]) => Promise<unknown>)(
            context,
            input,
            signal,
          );
          const outcome = await call.catch((error: unknown) => error);
          if (outcome instanceof Error) assert.equal(outcome.name, "InvalidRequest", payload);
          else assert.ok(!JSON.stringify(outcome ?? null).includes(CANARY), payload);
        }
        assert.equal((await ids("acme")).length, 3);
      });

    // What the inputs' schemas refuse, the statements must not depend on: the values are parameters.
    for (const [what, build] of [
      ["list's text", (text: string) => claimsStatement("acme", { text }, 10)],
      ["list's status", (text: string) => claimsStatement("acme", { status: text as "open" }, 10)],
      ["get's id", (text: string) => claimStatement("acme", text)],
      ["totals' kind", (text: string) => totalsStatement("acme", { kind: text as "auto" })],
    ] as const)
      it(`${what} without its schema is a parameter all the same`, () => {
        for (const payload of payloads) {
          const statement: Statement = build(payload);
          assert.ok(!statement.sql.includes(payload), payload);
          assert.ok(Object.values(statement.parameters ?? {}).includes(payload), payload);
        }
      });

    it("a tenant's id that is none names no partition", () => {
      for (const id of ['acme"; DROP TABLE x; --', "*", "", "ACME", "acme_x"])
        assert.throws(() => claimStatement(id, "x"), { name: "IsolationFault" });
    });

    it("put into a statement as text, the same payloads are statements: the attack is one", async () => {
      await account.asSuperuser(...GRANTS_OFF, ...ROW_SECURITY_OFF);
      const text = "x') UNION SELECT description FROM bulkhead.claims_borealis --";
      const concatenated = `SELECT description FROM bulkhead.claims_acme WHERE (description = '${text}`;
      const outcome = await account.asLogin("acme", concatenated);
      assert.ok("rows" in outcome && JSON.stringify(outcome.rows).includes(CANARY));
      await account.asSuperuser(...ALL_LAYERS);
      assert.match(
        told(await account.asLogin("acme", concatenated)),
        /permission denied for table claims_borealis/,
      );
    });
  });

  describe("with one layer taken away after the other", () => {
    const sees = (...statements: readonly string[]) => account.asLogin("acme", ...statements);

    it("the setting alone refuses: no filter, every grant, and a membership", async () => {
      await account.asSuperuser(...GRANTS_OFF, MEMBER);
      const outcome = await sees(own, everything);
      assert.ok("rows" in outcome);
      assert.equal(outcome.rows.length, 3);
      assert.ok(!JSON.stringify(outcome).includes(CANARY));
      assert.deepEqual(await sees(own, theirs), { rows: [] });
      assert.deepEqual(await sees(theirs), { rows: [] });
      // Without it: the setting is forged as well.
      assert.ok(JSON.stringify(await sees(forge, theirs)).includes(CANARY));
    });

    it("membership alone refuses: no filter, every grant, and a forged setting", async () => {
      await account.asSuperuser(...GRANTS_OFF);
      assert.deepEqual(await sees(forge, theirs), { rows: [] });
      assert.deepEqual(await sees(forge, everything), { rows: [] });
      await account.asSuperuser(MEMBER);
      assert.ok(JSON.stringify(await sees(forge, everything)).includes(CANARY));
    });

    it("grants alone refuse: no filter, no row-level security", async () => {
      await account.asSuperuser(...ROW_SECURITY_OFF);
      for (const statement of [theirs, everything])
        assert.match(told(await sees(forge, statement)), /permission denied for table claims.*42501/);
      await account.asSuperuser(...GRANTS_OFF);
      assert.ok(JSON.stringify(await sees(forge, theirs)).includes(CANARY));
    });

    it("a setting of another tenant shows nothing of the login's own: who logged in is PostgreSQL's to say", async () => {
      const outcome = await account.asLogin(
        "borealis",
        own,
        "SELECT description FROM bulkhead.claims_borealis",
      );
      assert.deepEqual(outcome, { rows: [] });
    });

    it("a setting left over from another transaction is empty, and no tenant's", async () => {
      await sees(own, "SELECT description FROM bulkhead.claims_acme");
      assert.deepEqual(await sees("SELECT description FROM bulkhead.claims_acme"), { rows: [] });
      assert.deepEqual(
        await sees("SELECT set_config('app.current_tenant_id', '', true)", everything.concat("_acme")),
        {
          rows: [],
        },
      );
    });
  });
});
