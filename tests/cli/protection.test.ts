import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";

const COMMAND = join(import.meta.dirname, "../../cli/protection.mjs");
const REVIEWERS = { type: "required_reviewers", reviewers: [{ type: "Team" }] };
const OWN_BRANCHES = { protected_branches: false, custom_branch_policies: true };

/** What the command says of an environment that is set so. */
async function run(environment: unknown, branches: readonly (string | object)[], ...args: string[]) {
  const server = createServer((request, response) => {
    const path = "/repos/example/assistant/environments/prod";
    const answer =
      request.url === path
        ? environment
        : request.url === `${path}/deployment-branch-policies`
          ? { branch_policies: branches.map((each) => (typeof each === "string" ? { name: each } : each)) }
          : undefined;
    response
      .writeHead(answer === undefined ? 404 : 200)
      .end(JSON.stringify(answer ?? { message: "Not Found" }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const child = spawn(process.execPath, [COMMAND, ...args], {
      env: {
        PATH: process.env["PATH"],
        GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        GITHUB_REPOSITORY: "example/assistant",
        GITHUB_TOKEN: "secret-token",
      },
      stdio: "pipe",
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
    const [code] = (await once(child, "close")) as [number];
    return { code, said };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("the protection of a GitHub environment", function () {
  this.timeout(60_000);

  it("is enough with main alone, and somebody who approves where that is asked", async () => {
    const whole = { protection_rules: [REVIEWERS], deployment_branch_policy: OWN_BRANCHES };
    assert.equal((await run(whole, ["main"], "prod", "--approved")).code, 0);
    const unasked = { protection_rules: [], deployment_branch_policy: OWN_BRANCHES };
    assert.equal((await run(unasked, ["main"], "prod")).code, 0);
  });

  for (const [what, environment, branches, fault] of [
    [
      "nobody approves",
      { protection_rules: [], deployment_branch_policy: OWN_BRANCHES },
      ["main"],
      /nobody has to approve/,
    ],
    [
      "the list of who approves is empty",
      { protection_rules: [{ ...REVIEWERS, reviewers: [] }], deployment_branch_policy: OWN_BRANCHES },
      ["main"],
      /nobody has to approve/,
    ],
    [
      "a timer stands for approval",
      { protection_rules: [{ type: "wait_timer" }], deployment_branch_policy: OWN_BRANCHES },
      ["main"],
      /nobody has to approve/,
    ],
    [
      "any branch may deploy",
      { protection_rules: [REVIEWERS], deployment_branch_policy: null },
      [],
      /other branches than main/,
    ],
    [
      "whatever branch is protected may deploy",
      {
        protection_rules: [REVIEWERS],
        deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
      },
      [],
      /other branches than main/,
    ],
    [
      "a pattern may deploy",
      { protection_rules: [REVIEWERS], deployment_branch_policy: OWN_BRANCHES },
      ["*"],
      /other branches than main/,
    ],
    [
      "main and another one may deploy",
      { protection_rules: [REVIEWERS], deployment_branch_policy: OWN_BRANCHES },
      ["main", "release/*"],
      /other branches than main/,
    ],
    [
      "a tag that is named main may deploy",
      { protection_rules: [REVIEWERS], deployment_branch_policy: OWN_BRANCHES },
      [{ name: "main", type: "tag" }],
      /other branches than main/,
    ],
    ["GitHub says nothing of it", {}, [], /other branches than main.*nobody has to approve/],
    ["there is none", undefined, [], /GitHub answered 404/],
  ] as const)
    it(`stops a deployment where ${what}`, async () => {
      const { code, said } = await run(environment, branches, "prod", "--approved");
      assert.equal(code, 1);
      assert.match(said, fault);
      assert.doesNotMatch(said, /secret-token|^\s+at /m);
    });

  it("takes one environment", async () => {
    for (const args of [[], ["--approved"], ["prod", "dev"], ["../x"]])
      assert.match((await run({}, [], ...args)).said, /^Name one environment/);
  });
});
