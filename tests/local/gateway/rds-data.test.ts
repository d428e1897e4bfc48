import assert from "node:assert/strict";
import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  type ExecuteStatementCommandOutput,
  RollbackTransactionCommand,
} from "@aws-sdk/client-rds-data";
import {
  CLUSTER_ARN,
  dataClient,
  deployCluster,
  MASTER_SECRET,
  putMasterSecret,
  putSecret,
} from "./claims-cluster.ts";
import { startTestGateway, type TestGateway } from "./support.ts";

const MASTER = { resourceArn: CLUSTER_ARN, secretArn: MASTER_SECRET, database: "claims" };

describe("Data API", function () {
  this.timeout(240_000);
  let test: TestGateway;

  before(async () => {
    test = await startTestGateway((deployment) => {
      deployCluster(deployment);
      deployment.role("admin", { policy: [{ Effect: "Allow", Action: "*", Resource: "*" }] });
      deployment.role("no-secret", { policy: [{ Effect: "Allow", Action: "rds-data:*", Resource: "*" }] });
      deployment.role("no-cluster", {
        policy: [{ Effect: "Allow", Action: "secretsmanager:*", Resource: "*" }],
      });
    });
    putMasterSecret(test);
  });
  after(() => test.stop());

  const ask = (
    sql: string,
    more: Partial<ExecuteStatementCommandInput> = {},
    role = "admin",
  ): Promise<ExecuteStatementCommandOutput> =>
    dataClient(test, role).send(new ExecuteStatementCommand({ ...MASTER, sql, ...more }));
  const only = async (sql: string, more: Partial<ExecuteStatementCommandInput> = {}) => {
    const { records = [] } = await ask(sql, more);
    return records[0]?.[0];
  };
  const begin = async () => {
    const { resourceArn, secretArn, database } = MASTER;
    const answer = await dataClient(test, "admin").send(
      new BeginTransactionCommand({ resourceArn, secretArn, database }),
    );
    return answer.transactionId ?? "";
  };

  it("is PostgreSQL, as a master user who is no superuser", async () => {
    assert.match((await only("SELECT version()"))?.stringValue ?? "", /^PostgreSQL 17/);
    const { records } = await ask(
      "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user",
    );
    assert.deepEqual(records?.[0], [
      { booleanValue: false },
      { booleanValue: false },
      { booleanValue: true },
    ]);
  });

  it("gives each type in its field", async () => {
    const { records, numberOfRecordsUpdated } = await ask(
      "SELECT 1, 2::bigint, 1.5::float8, 1.50::numeric, true, 'x'::text, NULL::text, date '2026-01-02', '\\x00ff'::bytea",
    );
    assert.equal(numberOfRecordsUpdated, 0);
    assert.deepEqual(records, [
      [
        { longValue: 1 },
        { longValue: 2 },
        { doubleValue: 1.5 },
        { stringValue: "1.50" },
        { booleanValue: true },
        { stringValue: "x" },
        { isNull: true },
        { stringValue: "2026-01-02" },
        { blobValue: new Uint8Array([0, 255]) },
      ],
    ]);
  });

  it("gives rows as JSON", async () => {
    const { formattedRecords } = await ask("SELECT 1 AS one, 'x' AS two, NULL AS three", {
      formatRecordsAs: "JSON",
    });
    assert.deepEqual(JSON.parse(formattedRecords ?? ""), [{ one: 1, two: "x", three: null }]);
    await assert.rejects(ask("SELECT 1 AS a, 2 AS a", { formatRecordsAs: "JSON" }), {
      name: "UnsupportedResultException",
    });
  });

  it("puts named parameters where they are, and nowhere else", async () => {
    const { records } = await ask(
      `SELECT :a || ':a' || ":a" || $$:a$$ || :a::text || E'\\':a' /* :a /* :a */ :a */ -- :a
       FROM (SELECT 'column' AS ":a") x`,
      { parameters: [{ name: "a", value: { stringValue: "'; DROP TABLE x; --" } }] },
    );
    const value = "'; DROP TABLE x; --";
    assert.equal(records?.[0]?.[0]?.stringValue, `${value}:acolumn:a${value}':a`);
    await assert.rejects(ask("SELECT :missing"), { message: /Cannot find parameter: missing/ });
    const day = { name: "d", value: { stringValue: "2026-03-04" } };
    assert.deepEqual(await only("SELECT :d + 1", { parameters: [{ ...day, typeHint: "DATE" }] }), {
      stringValue: "2026-03-05",
    });
    // A text is text: without its hint there is no such operator.
    await assert.rejects(ask("SELECT :d > date '2026-01-01'", { parameters: [day] }), { message: /42883/ });
  });

  it("takes one statement a call", async () => {
    await assert.rejects(ask("SELECT 1; SELECT 2"), {
      name: "DatabaseErrorException",
      message: /cannot insert multiple commands into a prepared statement.*42601/,
    });
    await assert.rejects(
      dataClient(test, "admin").send(new BatchExecuteStatementCommand({ ...MASTER, sql: "SELECT 1" })),
      {
        name: "NotImplemented",
        message: /decides on rds-data:BatchExecuteStatement, and does not perform it/,
      },
    );
  });

  it("gives no arrays, and takes none", async () => {
    await assert.rejects(ask("SELECT ARRAY[1, 2]"), { name: "UnsupportedResultException" });
    await assert.rejects(
      ask("SELECT :a", { parameters: [{ name: "a", value: { arrayValue: { longValues: [1] } } }] }),
      { name: "ValidationException" },
    );
  });

  it("keeps a transaction's changes to itself until it is committed", async () => {
    await ask("CREATE TABLE kept (n int)");
    const first = await begin();
    await ask("INSERT INTO kept VALUES (1)", { transactionId: first });
    assert.deepEqual(await only("SELECT count(*) FROM kept"), { longValue: 0 });
    const { resourceArn, secretArn } = MASTER;
    await dataClient(test, "admin").send(
      new CommitTransactionCommand({ resourceArn, secretArn, transactionId: first }),
    );
    assert.deepEqual(await only("SELECT count(*) FROM kept"), { longValue: 1 });
    const second = await begin();
    const { numberOfRecordsUpdated } = await ask("DELETE FROM kept", { transactionId: second });
    assert.equal(numberOfRecordsUpdated, 1);
    await dataClient(test, "admin").send(
      new RollbackTransactionCommand({ resourceArn, secretArn, transactionId: second }),
    );
    assert.deepEqual(await only("SELECT count(*) FROM kept"), { longValue: 1 });
    await assert.rejects(ask("SELECT 1", { transactionId: second }), {
      name: "TransactionNotFoundException",
    });
  });

  it("does not commit a transaction that has failed", async () => {
    const { resourceArn, secretArn } = MASTER;
    const transactionId = await begin();
    await assert.rejects(ask("SELECT 1/0", { transactionId }), { message: /22012/ });
    await assert.rejects(
      dataClient(test, "admin").send(new CommitTransactionCommand({ resourceArn, secretArn, transactionId })),
      { message: /25P02/ },
    );
  });

  it("forgets what a call has set before the next one", async () => {
    await ask("SET app.current_tenant_id = 'acme'");
    assert.deepEqual(await only("SELECT coalesce(current_setting('app.current_tenant_id', true), '')"), {
      stringValue: "",
    });
    const transactionId = await begin();
    await ask("SELECT set_config('app.current_tenant_id', 'acme', true)", { transactionId });
    const { resourceArn, secretArn } = MASTER;
    await dataClient(test, "admin").send(
      new CommitTransactionCommand({ resourceArn, secretArn, transactionId }),
    );
    assert.deepEqual(await only("SELECT coalesce(current_setting('app.current_tenant_id', true), '')"), {
      stringValue: "",
    });
  });

  it("keeps another login out of a transaction", async () => {
    await ask("CREATE ROLE other LOGIN PASSWORD 'secret'");
    const secretArn = putSecret(test, "other", { username: "other", password: "secret" });
    assert.deepEqual(await only("SELECT session_user::text", { secretArn }), { stringValue: "other" });
    const transactionId = await begin();
    await assert.rejects(ask("SELECT 1", { transactionId, secretArn }), {
      name: "TransactionNotFoundException",
    });
  });

  it("knows a login by its password alone", async () => {
    const secretArn = putSecret(test, "wrong", { username: "bulkhead_admin", password: "wrong" });
    await assert.rejects(ask("SELECT 1", { secretArn }), { message: /28P01/ });
    const half = putSecret(test, "half", { username: "bulkhead_admin" });
    await assert.rejects(ask("SELECT 1", { secretArn: half }), { name: "InvalidSecretException" });
    await assert.rejects(ask("SELECT 1", { secretArn: `${half}x` }), { name: "SecretsErrorException" });
  });

  it("asks IAM for the cluster, and for the secret as the caller", async () => {
    await assert.rejects(ask("SELECT 1", {}, "no-cluster"), { name: "AccessDeniedException" });
    await assert.rejects(ask("SELECT 1", {}, "no-secret"), { name: "AccessDeniedException" });
    await assert.rejects(ask("SELECT 1", { resourceArn: `${CLUSTER_ARN}x` }), {
      name: "DatabaseNotFoundException",
    });
  });

  it("is there again after a restart, with what was committed", async () => {
    await ask("CREATE TABLE lasting (n int)");
    await test.restart();
    assert.deepEqual(await only("SELECT count(*) FROM lasting"), { longValue: 0 });
  });
});
