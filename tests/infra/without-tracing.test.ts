import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { openEmbedded } from "../../local/embedded.ts";
import { Engine } from "../../local/engine/engine.ts";
import { LOCAL_STACK, PROJECT } from "../../local/paths.ts";

/** Lines that only `--debug` shows, of a preview of the whole program. */
async function linesForDebugging(): Promise<{ readonly lines: number; readonly resources: number }> {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-tracing-"));
  const embedded = await openEmbedded({ folder, port: 0 });
  try {
    const engine = await Engine.open({
      folder,
      debugProviders: embedded.debugProviders,
      stack: LOCAL_STACK,
      tenants: join(PROJECT, "tenants", "config", LOCAL_STACK),
      policyPacks: [],
    });
    let [lines, resources] = [0, 0];
    await engine.preview({
      onEvent: ({ diagnosticEvent, resourcePreEvent }) => {
        // A severity that the automation API's typings leave out.
        if (String(diagnosticEvent?.severity) === "debug") lines += 1;
        if (resourcePreEvent) resources += 1;
      },
    });
    return { lines, resources };
  } finally {
    await embedded.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("the program, as the engine hears it", function () {
  // Two previews: 20 s, many times that on a busy machine.
  this.timeout(600_000);

  afterEach(() => {
    delete process.env["BULKHEAD_SDK_DEBUG"];
  });

  it("does not send a line for each resource that nobody reads", async () => {
    const { lines, resources } = await linesForDebugging();
    assert.ok(resources > 100, String(resources));
    assert.ok(lines < resources / 4, `${lines} lines of ${resources} resources`);
  });

  it("sends them where BULKHEAD_SDK_DEBUG asks for them", async () => {
    process.env["BULKHEAD_SDK_DEBUG"] = "1";
    const { lines, resources } = await linesForDebugging();
    assert.ok(lines > resources, `${lines} lines of ${resources} resources`);
  });
});
