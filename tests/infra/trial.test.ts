import assert from "node:assert/strict";
import { LOCAL_ACCOUNT } from "../../local/account/identity.ts";
import { LOCAL_STACK } from "../../local/paths.ts";
import { TRIAL, TRIAL_ACCOUNT } from "../../infra/trial.ts";
import { runProgram } from "../policies/support/program.ts";

describe("stack local", function () {
  // A run of the program: 10 s on an idle machine.
  this.timeout(600_000);

  it("is the embedded account's, by name and number", () => {
    assert.deepEqual([TRIAL, TRIAL_ACCOUNT], [LOCAL_STACK, LOCAL_ACCOUNT]);
  });

  it("is refused on any other account, before anything is registered: it goes without what protects a real one", async () => {
    const run = { preview: "first", account: "444455556666" } as const;
    await assert.rejects(runProgram({ ...run, stack: "local" }), (error: Error) => {
      assert.match(error.message, /Stack local is the embedded account's.*for account 444455556666/);
      assert.match(error.message, /npm run deploy -- dev/);
      return true;
    });
    const registered = await runProgram({ ...run, stack: "dev" });
    assert.ok(registered.length > 100, "the same account takes another stack: the control");
  });
});
