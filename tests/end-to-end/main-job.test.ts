/** The main job on real input: deployed by the real engine, asked, and every decision explained. */
import assert from "node:assert/strict";
import { PATHS, type LoggedDecision } from "../../local/gateway/contract.ts";
import { deployed, DEPLOY_TIMEOUT_MS, type Deployed } from "./support/deployed.ts";

describe("main job", function () {
  this.timeout(DEPLOY_TIMEOUT_MS);

  let account: Deployed;
  before(async () => {
    account = await deployed();
  });

  it("is deployed by the engine, with the policy pack on", () => {
    const { create, ...others } = account.first.changes;
    assert.ok((create ?? 0) > 100, `${create ?? 0} resources`);
    assert.deepEqual(others, {});
    assert.match(account.deployment.apiUrl, /^http:\/\/127\.0\.0\.1:\d+\//);
  });

  it("changes nothing when nothing changed", async () => {
    const { changes } = await account.engine.up();
    assert.deepEqual(changes, { same: account.first.changes["create"] });
  });

  it("answers every sample question from the right corpus, for the right users", async () => {
    const asked = await account.scenario.ask(account.tenants.map(({ id }) => id));
    assert.ok(asked.length >= 20, `${asked.length} questions`);
    assert.deepEqual(
      asked.flatMap(({ user, question, answer, faults }) =>
        faults.length === 0 ? [] : [{ user, question, answer, faults }],
      ),
      [],
    );
  });

  describe("decisions", () => {
    const decisions = async (query: string): Promise<LoggedDecision[]> => {
      const response = await fetch(`${account.embedded.gateway.origin}${PATHS.decisions}?${query}`);
      assert.equal(response.status, 200);
      return ((await response.json()) as { decisions: LoggedDecision[] }).decisions;
    };

    it("can be read, each with the statement that made it", async () => {
      const allowed = (await decisions("action=s3:PutObject&limit=5000")).filter((each) => each.allowed);
      assert.ok(allowed.length > 0);
      for (const each of allowed) assert.match(each.detail, /statement/, JSON.stringify(each));
    });

    it("are refused a limit that makes no sense", async () => {
      const response = await fetch(`${account.embedded.gateway.origin}${PATHS.decisions}?limit=many`);
      assert.equal(response.status, 400);
    });
  });
});
