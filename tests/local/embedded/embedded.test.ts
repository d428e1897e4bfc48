/** Ports, folders and disks that are not as they should be: one clear error, and nothing that was acknowledged is lost. */
import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { ACCOUNT_FILE } from "../../../local/account/account.ts";
import { findRunning, openEmbedded } from "../../../local/embedded.ts";
import { DecisionLog } from "../../../local/gateway/decisions.ts";
import { defaultPlace } from "../../../local/paths.ts";
import { isOccupied } from "../../../local/occupied.ts";
import { storageFault } from "../../../local/toolchain/storage-fault.mjs";
import { makeAccount, type TestAccount } from "../gateway/support.ts";

const HERE = import.meta.dirname;

/** A process that serves an account. */
class Served {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  errors = "";

  constructor(env: Readonly<Record<string, string>>) {
    const flags = ["--disable-warning=ExperimentalWarning", "--import", join(HERE, "full-disk.mjs")];
    this.child = spawn(process.execPath, [...flags, join(HERE, "serve.ts")], {
      env: { ...process.env, BULKHEAD_PORT: "", ...env },
    });
    this.child.stderr.on("data", (data: Buffer) => (this.errors += data.toString()));
    this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    return String((await this.#lines.next()).value);
  }

  ask(line: string): Promise<string> {
    this.child.stdin.write(`${line}\n`);
    return this.line();
  }

  /** @returns the exit code; what it said is no stack trace */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "close");
    assert.doesNotMatch(this.errors, /\n\s+at /);
    return this.child.exitCode;
  }
}

describe("an embedded account's surroundings", function () {
  this.timeout(240_000);

  let account: TestAccount;
  const children: Served[] = [];
  beforeEach(() => {
    account = makeAccount((deployment) => {
      deployment.role("all", { policy: [{ Effect: "Allow", Action: "*", Resource: "*" }] });
      deployment.bucket("bucket");
    });
  });
  afterEach(async () => {
    for (const { child } of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "close");
    }
    account.remove();
  });

  const serve = (env: Readonly<Record<string, string>> = {}): Served => {
    const served = new Served({
      BULKHEAD_ACCOUNT: account.folder,
      BULKHEAD_PORT: String(freePort()),
      ...env,
    });
    children.push(served);
    return served;
  };
  /** One error on standard error, exit code 1, no trace. */
  const fails = async (served: Served, words: RegExp): Promise<void> => {
    assert.equal(await served.ended(), 1);
    assert.match(served.errors, words);
    assert.ok(served.errors.trim().split("\n").length === 1, served.errors);
  };

  it("a port in use: which, by whom, and what to do", async () => {
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    const who = existsSync("/proc/net/tcp") ? ` by process ${process.pid} \\(.+\\)` : "";
    try {
      await fails(
        serve({ BULKHEAD_PORT: String(port) }),
        new RegExp(`port ${port} is in use${who}: stop .*BULKHEAD_PORT`),
      );
    } finally {
      server.close();
    }
    assert.ok(!isOccupied(account.folder));
  });

  it("a port that is none is refused", () => {
    for (const port of ["many", "0", "65536", "-1", "48.80", "1e99"])
      assert.throws(
        () => defaultPlace("local", { BULKHEAD_PORT: port }),
        /BULKHEAD_PORT is ".+": it must be a port number/,
      );
  });

  it("a folder that another process serves is told with that process, and left alone", async () => {
    const first = serve();
    const origin = await first.line();
    await fails(
      serve(),
      new RegExp(`served by process ${first.child.pid ?? 0} already \\(${origin}\\).*BULKHEAD_ACCOUNT`),
    );
    assert.match(await first.ask("PUT /bucket/a text"), /^200/);
    assert.equal(findRunning(account.folder)?.pid, first.child.pid);
    assert.ok(isOccupied(account.folder));
  });

  it("what a killed process left behind holds nothing back, not even where its id has come to another process", async () => {
    const first = serve();
    await first.line();
    assert.match(await first.ask("PUT /bucket/a kept"), /^200/);
    first.child.kill("SIGKILL");
    await first.ended();
    assert.ok(existsSync(join(account.folder, "running.json")));
    // The parent of this process is certainly there, and serves nothing.
    writeFileSync(
      join(account.folder, "running.json"),
      JSON.stringify({ pid: process.ppid, origin: "x", debugProviders: "x" }),
    );
    assert.equal(findRunning(account.folder), undefined);
    const second = serve();
    await second.line();
    assert.equal(await second.ask("GET /bucket/a"), "200 kept");
    writeFileSync(join(account.folder, "running.json"), "{half");
    assert.equal(findRunning(account.folder), undefined);
  });

  it("a full disk: refused plainly; with space again, all that was acknowledged is there and it goes on", async () => {
    const full = join(account.folder, "full");
    const served = serve({ BULKHEAD_TEST_FULL: full });
    await served.line();
    assert.match(await served.ask("PUT /bucket/before text"), /^200/);
    writeFileSync(full, "");
    for (const request of ["PUT /bucket/during text", "DELETE /bucket/before"])
      assert.match(
        await served.ask(request),
        /^507 .*InsufficientStorage.*disk is full.*Make room.*not carried out/,
      );
    rmSync(full);
    assert.equal(await served.ask("GET /bucket/before"), "200 text");
    assert.match(await served.ask("GET /bucket/during"), /^404/);
    assert.match(await served.ask("PUT /bucket/after text"), /^200/);
    served.child.kill("SIGKILL");
    await served.ended();
    const again = serve();
    await again.line();
    for (const key of ["before", "after"]) assert.equal(await again.ask(`GET /bucket/${key}`), "200 text");
    assert.match(await again.ask("GET /bucket/during"), /^404/);
  });

  it("a full disk at the start: told, and nothing of the account is touched", async () => {
    const full = join(account.folder, "full");
    writeFileSync(full, "");
    await fails(serve({ BULKHEAD_TEST_FULL: full }), /The disk is full.*Make room/);
    rmSync(full);
    const served = serve({ BULKHEAD_TEST_FULL: full });
    await served.line();
    assert.match(await served.ask("PUT /bucket/a text"), /^200/);
  });

  it("a real device that is full (the decision log's): nothing is done that can't be noted", async () => {
    if (!existsSync("/dev/full")) return; // Linux only; the test above shows the same by injection
    symlinkSync("/dev/full", join(account.folder, "decisions.log"));
    const served = serve();
    await served.line();
    assert.match(await served.ask("PUT /bucket/a text"), /^507 .*disk is full/);
    rmSync(join(account.folder, "decisions.log"));
    served.child.stdin.end();
    assert.equal(await served.ended(), 0);
    const again = serve();
    await again.line();
    assert.match(await again.ask("GET /bucket/a"), /^404/);
  });

  it("a line of the decision log that was cut short swallows no other", () => {
    const log = new DecisionLog(account.folder);
    const decision = {
      time: "t",
      callId: "1",
      principal: "p",
      action: "a",
      resource: "r",
      allowed: true,
      reason: "allowed",
      detail: "d",
    } as const;
    log.add(decision);
    log.close();
    // Closed: as a disk that does not take a write any more.
    assert.throws(() => {
      log.add(decision);
    });
    assert.equal(readFileSync(join(account.folder, "decisions.log"), "utf8").trim().split("\n").length, 1);
  });

  it("an account whose file is none, or damaged, is told and left alone", async () => {
    const file = join(account.folder, ACCOUNT_FILE);
    rmSync(file);
    writeFileSync(file, "something else altogether, longer than a header of a hundred bytes ".repeat(40));
    await fails(serve(), /account's file is not a database.*BULKHEAD_ACCOUNT/);
    assert.match(readFileSync(file, "utf8"), /^something else/);
  });

  it("a folder that is a file, or lies below one, is told", async () => {
    const file = join(account.folder, "file");
    writeFileSync(file, "");
    for (const folder of [file, join(file, "below")])
      await fails(
        serve({ BULKHEAD_ACCOUNT: folder }),
        /A (?:file stands where a folder|part of the path is a file).*file.*Choose another folder/,
      );
  });

  // `root` may write anywhere.
  if (process.getuid?.() !== 0)
    it("a folder that may not be written is told", async () => {
      const folder = join(account.folder, "closed");
      mkdirSync(folder, { mode: 0o500 });
      await fails(serve({ BULKHEAD_ACCOUNT: folder }), /may not write|can't be opened|read-only/);
    });

  it("closes what it opened when it can't be opened whole", async () => {
    mkdirSync(join(account.folder, "running.json"));
    await assert.rejects(openEmbedded({ folder: account.folder, port: 0 }), /EISDIR/);
    assert.ok(!isOccupied(account.folder));
  });

  it("faults of other kinds are not taken for a disk's", () => {
    assert.equal(storageFault(new Error("other")), undefined);
    assert.equal(storageFault("ENOSPC"), undefined);
    assert.match(
      storageFault(
        new Error("outer", { cause: Object.assign(new Error("x"), { code: "EDQUOT", path: "/a" }) }),
      ) ?? "",
      /quota is used up: \/a\. Make room/,
    );
  });
});

let next = 20_000 + (process.pid % 20_000);
/** Distinct within this run; that somebody else has it is unlikely, and told. */
function freePort(): number {
  return (next += 1);
}
