import assert from "node:assert/strict";
import { dirname } from "node:path";
import { toolEnvironment } from "../../local/toolchain/environment.mjs";

describe("the tools' environment", () => {
  it("puts the tools first on PATH, each folder once", () => {
    assert.equal(toolEnvironment({ PATH: "/usr/bin:/tools:/bin" }, ["/tools"]).PATH, "/tools:/usr/bin:/bin");
  });

  it("holds the fixed variables against the user's", () => {
    const env = toolEnvironment({ PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "false", OTHER: "kept" }, []);
    assert.equal(env.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION, "true");
    assert.equal(env.PULUMI_SKIP_UPDATE_CHECK, "1");
    assert.equal(env.OTHER, "kept");
  });

  it("leaves what it was given as it is", () => {
    const base = { PATH: "/bin" };
    toolEnvironment(base, ["/tools"]);
    assert.deepEqual(base, { PATH: "/bin" });
  });

  it("has the running Node by itself", () => {
    assert.ok(toolEnvironment({ PATH: "/bin" }).PATH?.startsWith(`${dirname(process.execPath)}:`));
  });
});
