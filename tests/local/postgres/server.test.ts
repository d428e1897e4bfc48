import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { isOpenTo, removeDatabaseFolder } from "../../../local/postgres/runner.ts";
import { startServer } from "../../../local/postgres/server.ts";

const SERVER = join(import.meta.dirname, "..", "..", "..", "local", "postgres", "server.ts");
const ALIVE = `
  import pg from "pg";
  import { startServer } from ${JSON.stringify(SERVER)};
  const server = await startServer(process.argv[1]);
  const client = new pg.Client(server.superuser);
  await client.connect();
  const { rows } = await client.query("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
  console.log(JSON.stringify({ host: server.host, pid: rows[0].pid }));
  setInterval(() => undefined, 1000);
`;

describe("PostgreSQL of the embedded account", function () {
  this.timeout(240_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bulkhead-pg-"));
  });
  afterEach(() => {
    removeDatabaseFolder(join(folder, "db"));
    rmSync(folder, { recursive: true, force: true });
  });

  const isAlive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };

  it("keeps what was committed from one start to the next", async () => {
    const data = join(folder, "db");
    const first = await startServer(data);
    const client = new Client(first.superuser);
    await client.connect();
    await client.query("CREATE TABLE kept AS SELECT 1 AS n");
    await client.end();
    await first.close();
    assert.equal(existsSync(first.host), false);
    const second = await startServer(data);
    const again = new Client(second.superuser);
    await again.connect();
    assert.equal((await again.query("SELECT n FROM kept")).rowCount, 1);
    await again.end();
    await second.close();
  });

  it("asks everybody for a password", async () => {
    const server = await startServer(join(folder, "db"));
    const client = new Client({ ...server.superuser, password: "wrong" });
    await assert.rejects(client.connect(), { code: "28P01" });
    await server.close();
  });

  it("ends with the process that started it, by SIGKILL too", async () => {
    const data = join(folder, "db");
    const child = spawn(process.execPath, ["--input-type=module", "--eval", ALIVE, data], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const lines = createInterface(child.stdout);
    const line = await new Promise<string>((resolve) => {
      lines.once("line", resolve);
    });
    const { host, pid } = JSON.parse(line) as { host: string; pid: number };
    const alive = isAlive(pid);
    child.kill("SIGKILL");
    assert.ok(alive);
    for (let waited = 0; isAlive(pid) && waited < 60_000; waited += 100) await sleep(100);
    assert.equal(isAlive(pid), false);
    for (let waited = 0; existsSync(host) && waited < 60_000; waited += 100) await sleep(100);
    assert.equal(existsSync(host), false);
  });

  it("is lent an account of the system only where that gets to its files", () => {
    const ids = { uid: 65_534, gid: 65_534 };
    assert.equal(isOpenTo({ ids }, "/"), true);
    // mkdtemp's folders are their owner's alone.
    assert.equal(isOpenTo({ ids }, folder), process.getuid?.() === ids.uid);
    assert.equal(isOpenTo({ ids: undefined }, folder), true);
  });
});
