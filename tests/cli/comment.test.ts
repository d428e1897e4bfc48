import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { commentOf, MARKER, publish, reviewOf, runningFiles } from "../../cli/comment.mjs";

const RUN = "https://github.example/example/assistant/actions/runs/1";

interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly type: "Bot" | "User" };
}

/** As much of GitHub's API as comments need. */
class GitHub {
  readonly comments: Comment[] = [];
  readonly requests: string[] = [];
  /** Files that the pull request changes. */
  files: readonly { readonly filename: string; readonly previous_filename?: string }[] = [];
  refuse: number | undefined;
  #server: Server | undefined;

  async start(): Promise<string> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const url = new URL(request.url ?? "", "http://github");
        this.requests.push(`${request.method} ${url.pathname}`);
        const { status, answer } = this.#answer(
          request.headers.authorization,
          request.method ?? "",
          url,
          Buffer.concat(chunks).toString(),
        );
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
      });
    }).listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  #answer(authorization: string | undefined, method: string, url: URL, text: string) {
    if (authorization !== "Bearer secret-token")
      return { status: 401, answer: { message: "Bad credentials" } };
    if (this.refuse !== undefined)
      return { status: this.refuse, answer: { message: "Resource not accessible" } };
    const body = text === "" ? "" : (JSON.parse(text) as { body: string }).body;
    const of = "/repos/example/assistant/issues";
    const list =
      url.pathname === `${of}/7/comments`
        ? this.comments
        : url.pathname === "/repos/example/assistant/pulls/7/files"
          ? this.files
          : undefined;
    if (method === "GET" && list) {
      const [size, page] = ["per_page", "page"].map((name) => Number(url.searchParams.get(name)));
      const from = ((page ?? 1) - 1) * (size ?? 30);
      return { status: 200, answer: list.slice(from, from + (size ?? 30)) };
    }
    if (method === "POST" && url.pathname === `${of}/7/comments`) {
      this.comments.push({ id: 1000 + this.comments.length, body, user: { type: "Bot" } });
      return { status: 201, answer: {} };
    }
    const changed = this.comments.find(({ id }) => url.pathname === `${of}/comments/${id}`);
    if (method === "PATCH" && changed) {
      changed.body = body;
      return { status: 200, answer: {} };
    }
    return { status: 404, answer: { message: "Not Found" } };
  }
}

describe("the comment on a pull request", function () {
  this.timeout(60_000);
  let github: GitHub;
  let where: { api: string; token: string; repository: string };
  beforeEach(async () => {
    github = new GitHub();
    where = {
      api: await github.start(),
      token: "secret-token",
      repository: "example/assistant",
    };
  });
  afterEach(() => {
    github.stop();
  });

  it("is made once and updated from then on", async () => {
    assert.equal(await publish(commentOf(["## dev: one\n"], RUN), where, "7"), "created");
    assert.equal(await publish(commentOf(["## dev: two\n"], RUN), where, "7"), "updated");
    assert.equal(github.comments.length, 1);
    assert.match(github.comments[0]?.body ?? "", /^<!-- bulkhead-review -->\n\n## dev: two\n/);
  });

  it("is found behind hundreds of others", async () => {
    for (let id = 1; id <= 250; id += 1) github.comments.push({ id, body: "hello", user: { type: "User" } });
    await publish(commentOf(["one"], RUN), where, "7");
    assert.equal(await publish(commentOf(["two"], RUN), where, "7"), "updated");
    assert.equal(github.comments.length, 251);
  });

  it("is not taken for a person's that begins with the marker, nor for a program's that quotes it", async () => {
    github.comments.push({ id: 1, body: `${MARKER} mine`, user: { type: "User" } });
    github.comments.push({ id: 2, body: `> ${MARKER}`, user: { type: "Bot" } });
    assert.equal(await publish(commentOf(["one"], RUN), where, "7"), "created");
    assert.deepEqual(
      github.comments.slice(0, 2).map(({ body }) => body),
      [`${MARKER} mine`, `> ${MARKER}`],
    );
  });

  it("says what GitHub refused, and not the token", async () => {
    github.refuse = 403;
    await assert.rejects(publish("x", where, "7"), (error: Error) => {
      assert.match(error.message, /^GitHub answered 403 to GET .*Resource not accessible/);
      assert.doesNotMatch(error.message, /secret-token/);
      return true;
    });
  });

  it("fits, whatever the reviews' size, and names each that it leaves out", () => {
    const body = commentOf(
      [`## dev: refused\n${"x".repeat(60_000)}`, `## prod: fine\n${"y".repeat(20_000)}`, "## zeta"],
      RUN,
    );
    assert.ok(body.length <= 65_536, `${body.length}`);
    assert.match(body, /## prod: fine\n\nToo long for a comment/);
    assert.match(body, /## zeta/);
    assert.ok(body.includes(RUN));
    const many = commentOf(
      Array.from({ length: 40 }, (_, index) => `## env${index}\n${"z".repeat(30_000)}`),
      RUN,
    );
    assert.ok(many.length <= 65_536, `${many.length}`);
  });

  it("takes a review for nothing but the file that it should be, of the environment that it should be of", () => {
    const folder = mkdtempSync(join(tmpdir(), "bulkhead-comment-"));
    try {
      const not = "## ❌ dev: not reviewed\n\nThe run says why.\n";
      assert.equal(reviewOf(folder, "dev"), not);
      const secret = join(folder, "secret");
      writeFileSync(secret, "## ✅ dev: a token\n");
      symlinkSync(secret, join(folder, "dev.md"));
      assert.equal(reviewOf(folder, "dev"), not, "a link");
      rmSync(join(folder, "dev.md"));
      for (const text of ["", "## ✅ prod: fine\n", "## ✅ dev", "<!-- x -->\n## ✅ dev: fine\n"]) {
        writeFileSync(join(folder, "dev.md"), text);
        assert.equal(reviewOf(folder, "dev"), not, text);
      }
      writeFileSync(join(folder, "dev.md"), "## ✅ dev: fine\n");
      assert.equal(reviewOf(folder, "dev"), "## ✅ dev: fine\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("names what the change brings that runs in its own review, and nothing that is only read there", async () => {
    const read = ["tenants/config/dev/acme.yaml", "docs/deploy.md", "README.md"];
    github.files = read.map((filename) => ({ filename }));
    assert.deepEqual(await runningFiles(where, "7"), []);
    assert.doesNotMatch(commentOf(["one"], RUN, []), /⚠️/);
    const runs = ["infra/index.ts", "package-lock.json", ".github/workflows/deploy.yml", "Pulumi.dev.yaml"];
    const more = ["tenants/tenant.ts", "tenants/config/dev/x/y.yaml", "policies/README.md.ts"];
    github.files = [...read, ...runs, ...more].map((filename) => ({ filename }));
    assert.deepEqual(await runningFiles(where, "7"), [...runs, ...more]);
    github.files = [{ filename: "docs/x.md", previous_filename: "policies/rules/kms-rotation.ts" }];
    assert.deepEqual(await runningFiles(where, "7"), ["policies/rules/kms-rotation.ts"]);
    github.files = Array.from({ length: 3_000 }, (_, index) => ({ filename: `docs/${index}.md` }));
    assert.deepEqual(await runningFiles(where, "7"), ["more-files-than-GitHub-lists"]);
    const told = commentOf(["one"], RUN, ["a`](x)\n## ✅ prod: fine.ts"]);
    assert.match(told, /`a\?+x\?+prod\?+fine\.ts`/);
  });

  it("says so where there is no review", () => {
    assert.match(commentOf([], RUN), /Not reviewed/);
  });

  it("is written by the command, from a folder of reviews", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bulkhead-comment-"));
    try {
      writeFileSync(join(folder, "prod.md"), "## ✅ prod: second\n");
      writeFileSync(join(folder, "dev.md"), "## ❌ dev: first\n");
      writeFileSync(join(folder, "evil.md"), "## ✅ all: proven\n");
      github.files = [{ filename: "cli/review.ts" }];
      writeFileSync(join(folder, "dev.html"), "<p>no comment</p>");
      const env = { GITHUB_API_URL: where.api, GITHUB_TOKEN: "secret-token", PULL_REQUEST: "7" };
      const run = async (more: Record<string, string>, ...args: string[]) => {
        const child = spawn(process.execPath, [join(import.meta.dirname, "../../cli/comment.mjs"), ...args], {
          env: { PATH: process.env["PATH"], ...env, ...more },
          stdio: "pipe",
        });
        let said = "";
        for (const stream of [child.stdout, child.stderr])
          stream.on("data", (chunk) => (said += String(chunk)));
        const [code] = (await once(child, "close")) as [number];
        return { code, said };
      };
      const done = await run({ GITHUB_REPOSITORY: "example/assistant" }, folder, "dev", "prod", "live");
      assert.deepEqual(done, { code: 0, said: "The comment on pull request 7 was created.\n" });
      const body = github.comments[0]?.body ?? "";
      assert.match(body, /## ❌ dev: first\n\n## ✅ prod: second\n\n## ❌ live: not reviewed\n/);
      assert.match(body, /^<!-- bulkhead-review -->\n\n> ⚠️ .*`cli\/review\.ts`/);
      assert.doesNotMatch(body, /all: proven/);
      for (const [more, args, fault] of [
        [{ GITHUB_REPOSITORY: "example/../x" }, [folder, "dev"], /^GITHUB_REPOSITORY is/],
        [
          { GITHUB_REPOSITORY: "example/assistant", PULL_REQUEST: "7; x" },
          [folder, "dev"],
          /^PULL_REQUEST is/,
        ],
        [
          { GITHUB_REPOSITORY: "example/assistant", GITHUB_TOKEN: "" },
          [folder, "dev"],
          /^GITHUB_TOKEN is not set/,
        ],
        [{ GITHUB_REPOSITORY: "example/assistant" }, [folder], /^Name a folder and environments/],
        [{ GITHUB_REPOSITORY: "example/assistant" }, [folder, "../x"], /is no environment/],
      ] as const) {
        const refused = await run(more, ...args);
        assert.equal(refused.code, 1);
        assert.match(refused.said, fault);
      }
      assert.equal(github.comments.length, 1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
