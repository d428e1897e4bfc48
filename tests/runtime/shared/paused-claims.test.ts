/** A database of claims that was paused: who asks waits for it, and is told so if that takes too long. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { ExecuteStatementCommand } from "@aws-sdk/client-rds-data";
import { CLAIMS_SCHEMA_VERSION } from "../../../runtime/contract/claims.ts";
import { DependencyUnavailable } from "../../../runtime/shared/errors.ts";
import { CLUSTER_ARN, dataClient, MASTER_SECRET } from "../../local/gateway/claims-cluster.ts";
import { claim, ClaimsAccount, schemaBody } from "../db-admin/claims-database.ts";

const signal = new AbortController().signal;

describe("claims in a database that was paused", function () {
  this.timeout(240_000);
  let account: ClaimsAccount;
  before(async () => {
    account = await ClaimsAccount.start();
    await account.schema.apply("bulkhead", schemaBody());
    await account.addTenant("acme", [claim("CLM-1")]);
  });
  afterEach(() => {
    account.pause(0);
  });
  after(() => account.stop());

  const waiting = (seconds: number) => account.claimsThatWait({ seconds, everySeconds: 0.1 });

  it("are not answered by the Data API, which tells to ask again", async () => {
    account.pause(400);
    const ask = () =>
      dataClient(account.test, "data").send(
        new ExecuteStatementCommand({
          resourceArn: CLUSTER_ARN,
          secretArn: MASTER_SECRET,
          database: "claims",
          sql: "SELECT 1 AS one",
        }),
      );
    await assert.rejects(ask(), { name: "DatabaseResumingException" });
    await sleep(500);
    await ask();
  });

  it("are listed once it has resumed", async () => {
    account.pause(700);
    const { claims } = await waiting(10).list(account.context("acme"), {}, signal);
    assert.deepEqual(
      claims.map(({ id }) => id),
      ["CLM-1"],
    );
  });

  it("are refused, with the reason and in time, if it has not", async () => {
    account.pause(60_000);
    const start = performance.now();
    await assert.rejects(waiting(0.5).list(account.context("acme"), {}, signal), (error: unknown) => {
      assert.ok(error instanceof DependencyUnavailable);
      assert.match(error.detail ?? "", /was paused and is starting/);
      assert.match((error.cause as Error).message, /not within 0.5 s: DatabaseResumingException/);
      return true;
    });
    assert.ok(performance.now() - start < 3000);
  });

  it("are refused at the end of the request if that comes first", async () => {
    account.pause(60_000);
    const start = performance.now();
    await assert.rejects(waiting(30).list(account.context("acme"), {}, AbortSignal.timeout(300)), {
      name: "DependencyTimeout",
    });
    assert.ok(performance.now() - start < 3000);
  });

  it("are administered once it has resumed", async () => {
    account.pause(700);
    assert.deepEqual(await account.schema.apply("bulkhead", schemaBody()), {
      version: CLAIMS_SCHEMA_VERSION,
      applied: 0,
    });
  });
});
