/** A suspended tenant is refused as soon as the authorizer's memory of it ends, comes back, and has lost nothing. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { PROJECT } from "../../local/paths.ts";
import { deployed, DEPLOY_TIMEOUT_MS, pairOf, type Deployed } from "./support/deployed.ts";

/** How long API Gateway reuses a decision in the local stack. */
const CACHE_MS =
  1000 *
  Number(
    (
      parse(readFileSync(join(PROJECT, "Pulumi.local.yaml"), "utf8")) as {
        config: Record<string, string>;
      }
    ).config["bulkhead:authorizerCacheSeconds"],
  );

describe("suspension", function () {
  this.timeout(DEPLOY_TIMEOUT_MS);

  let account: Deployed;
  let file: string;
  let genuine: string;
  let username: string;
  let other: string;
  const QUESTION = "Which telephone number do I call to report a new claim?";

  before(async () => {
    account = await deployed();
    const [first, second] = pairOf(account, "silo");
    file = join(account.tenantsFolder, `${second}.yaml`);
    genuine = readFileSync(file, "utf8");
    const member = (tenant: string): string =>
      account.scenario.users.find((user) => user.tenant === tenant)!.username;
    [other, username] = [member(first), member(second)];
  });
  after(() => {
    writeFileSync(file, genuine);
  });

  const status = async (user: string): Promise<number> => (await account.scenario.api(user).me()).status;
  /** Milliseconds from now until the user gets this status. */
  const until = async (wanted: number): Promise<number> => {
    const start = performance.now();
    while ((await status(username)) !== wanted) {
      const waited = performance.now() - start;
      assert.ok(waited < CACHE_MS + 2000, `still not ${wanted} after ${Math.round(waited)} ms`);
      await sleep(200);
    }
    return performance.now() - start;
  };

  it("changes what the registry says, and nothing else", async () => {
    // So that a decision is remembered when the update is done.
    assert.equal(await status(username), 200);
    writeFileSync(file, genuine.replace(/^status: active$/m, "status: suspended"));
    assert.notEqual(readFileSync(file, "utf8"), genuine);
    const { changes } = await account.engine.up();
    const { same, ...others } = changes;
    assert.deepEqual(others, { update: 1 });
    assert.ok((same ?? 0) > 100);
  });

  it("refuses the tenant's users within the authorizer's cache time", async () => {
    await until(403);
    const { status: chat } = await account.scenario
      .api(username)
      .request("/v1/chat", { method: "POST", body: { question: QUESTION } });
    assert.equal(chat, 403);
  });

  it("leaves other tenants alone", async () => {
    assert.equal((await account.scenario.api(other).ask(QUESTION)).answered, true);
  });

  it("ends with the tenant's data as it was", async () => {
    writeFileSync(file, genuine);
    const { changes } = await account.engine.up();
    assert.equal(changes["update"], 1);
    await until(200);
    const { answered, citations } = await account.scenario.api(username).ask(QUESTION);
    assert.ok(answered);
    assert.ok(citations.some(({ corpus }) => corpus === "tenant"));
  });
});
