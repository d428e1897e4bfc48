/** Workflows can't be run here. What can be held is that GitHub takes them, that all they call exists, and that they give nothing away. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { files, FOLDER, type Job, type Judge, judge, ROOT, textOf, workflow } from "./support.ts";

const PINNED = /^[\w-]+\/[\w./-]+@[0-9a-f]{40}$/;
const all = files.map((file) => ({ file, text: textOf(file), flow: workflow(textOf(file)) }));
const jobs = all.flatMap(({ file, flow }) =>
  Object.entries(flow.jobs).map(([id, job]) => ({ name: `${file}, job ${id}`, job, flow })),
);
const steps = jobs.flatMap(({ name, job }) => (job.steps ?? []).map((step) => ({ name, step })));
const commands = steps.flatMap(({ name, step }) =>
  (step.run ?? "")
    .split("\n")
    .filter(Boolean)
    .map((line) => ({ name, line })),
);
const jobOf = (file: string, id: string): Job => {
  const job = all.find((each) => each.file === file)?.flow.jobs[id];
  assert.ok(job, `${file} has a job ${id}`);
  return job;
};

/** Environments of real accounts: those with settings. */
const environments = readdirSync(ROOT)
  .flatMap((name) => /^Pulumi\.(\w+)\.yaml$/.exec(name)?.[1] ?? [])
  .filter((name) => name !== "local")
  .sort();

describe("workflows", function () {
  this.timeout(120_000);

  describe("as GitHub reads them", () => {
    let faultsOf: Judge;
    before(async () => {
      faultsOf = await judge();
    });

    it("have no fault", async () => {
      assert.ok(files.length >= 3);
      for (const { file, text } of all) assert.deepEqual(await faultsOf(file, text), [], file);
    });

    it("would be told of one", async () => {
      const text = textOf("deploy-environment.yml");
      for (const [from, to, fault] of [
        ["runs-on:", "runs-in:", /runs-in/],
        ["${{ github.sha }}", "${{ githb.sha }}", /githb/],
        ["timeout-minutes: 115", "timeout-minutes: long", /timeout-minutes|long/],
      ] as const) {
        assert.ok(text.includes(from));
        assert.match((await faultsOf("broken.yml", text.replace(from, to))).join("\n"), fault);
      }
    });
  });

  it("call no action but by its commit, with the version beside it", () => {
    for (const { name, step } of steps) if (step.uses !== undefined) assert.match(step.uses, PINNED, name);
    for (const { file, text } of all)
      for (const line of text.split("\n").filter((each) => /uses:.*@/.test(each)))
        assert.match(line, /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, `${file}: ${line}`);
    const versions = new Map<string, Set<string>>();
    for (const { step } of steps) {
      const [action = "", commit = ""] = (step.uses ?? "").split("@");
      versions.set(action, (versions.get(action) ?? new Set()).add(commit));
    }
    for (const [action, commits] of versions)
      assert.equal(commits.size, 1, `${action}: one version everywhere`);
  });

  it("put nothing of an event into a shell's text: a branch's name would be run", () => {
    for (const { name, line } of commands) assert.doesNotMatch(line, /\$\{\{/, name);
    for (const { name, step } of steps)
      for (const value of [...Object.values(step.env ?? {}), ...Object.values(step.with ?? {})])
        assert.doesNotMatch(String(value), /head_ref|head\.ref|title|\.body|label|message/, name);
  });

  it("run for a fork's pull request as for any other, never with what a fork must not have", () => {
    for (const { file, flow } of all) {
      assert.ok(!("pull_request_target" in flow.on) && !("workflow_run" in flow.on), file);
      if (!("pull_request" in flow.on)) continue;
      const said = textOf(file);
      assert.doesNotMatch(
        said,
        /id-token|secrets\.|configure-aws-credentials/,
        `${file}: no credentials of a cloud`,
      );
    }
  });

  it("have the least permissions, and keep no token in the checkout", () => {
    for (const { file, flow } of all) assert.deepEqual(flow.permissions, { contents: "read" }, file);
    const more = jobs.flatMap(({ name, job }) => (job.permissions ? [[name, job.permissions] as const] : []));
    assert.deepEqual(more, [
      ["deploy-environment.yml, job protection", { contents: "read", actions: "read" }],
      ["deploy-environment.yml, job deploy", { contents: "read", "id-token": "write" }],
      ["deploy.yml, job dev", { contents: "read", actions: "read", "id-token": "write" }],
      ["deploy.yml, job prod", { contents: "read", actions: "read", "id-token": "write" }],
      ["pull-request.yml, job comment", { contents: "read", "pull-requests": "write" }],
    ]);
    for (const { name, step } of steps)
      if (step.uses?.startsWith("actions/checkout@"))
        assert.equal(step.with?.["persist-credentials"], false, name);
  });

  it("end by themselves", () => {
    for (const { name, job } of jobs) if (!job.uses) assert.ok((job["timeout-minutes"] ?? 0) > 0, name);
  });

  it("call commands, scripts, files and options that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const helps = new Map<string, string>();
    assert.ok(commands.length > 5);
    for (const { name, line } of commands) {
      const words = line.split(/\s+/);
      const script = /^npm (?:run (?:-s )?([\w-]+)|(test))\b/.exec(line);
      if (script) {
        assert.ok(scripts[script[1] ?? script[2] ?? ""], `${name}: ${line}`);
      } else if (line.startsWith("npx bulkhead ")) {
        const command = words[2] ?? "";
        if (!helps.has(command)) helps.set(command, helpOf(command));
        for (const option of words.filter((word) => word.startsWith("--")))
          assert.ok(helps.get(command)?.includes(`${option} `), `${name}: ${command} has ${option}`);
      } else if (words[0] === "node") {
        assert.ok(existsSync(join(ROOT, words[1] ?? "")), `${name}: ${line}`);
      } else {
        assert.match(
          line,
          /^test ! -f "\$ENVIRONMENT\.md" \|\| cat "\$ENVIRONMENT\.md" >> "\$GITHUB_STEP_SUMMARY"$/,
          name,
        );
      }
    }
  });

  it("review every environment that there is, over what a pull request goes to", () => {
    const { strategy, steps: made = [] } = jobOf("pull-request.yml", "review");
    assert.deepEqual([...(strategy?.matrix["environment"] ?? [])].sort(), environments);
    const run = made.find((step) => step.run?.includes("review"))?.run ?? "";
    assert.match(run, /--base HEAD\^1 /);
    assert.equal(made.find((step) => step.uses?.startsWith("actions/checkout"))?.with?.["fetch-depth"], 2);
  });

  it("comment only where the token may, by what is on the branch that the pull request goes to", () => {
    const { if: condition = "", steps: made = [] } = jobOf("pull-request.yml", "comment");
    assert.match(condition, /head\.repo\.full_name == github\.repository/);
    assert.equal(made[0]?.with?.["ref"], "${{ github.event.pull_request.base.sha }}");
    assert.ok(
      !made.some((step) => /npm|npx/.test(step.run ?? "")),
      "the job that may write installs nothing",
    );
    assert.ok(
      made.some(({ run }) => run === `node cli/comment.mjs reviews ${environments.join(" ")}`),
      "an environment without a review is named",
    );
  });

  it("deploy every environment, one after another, each from its own GitHub environment", () => {
    const flow = all.find(({ file }) => file === "deploy.yml")?.flow;
    const order = Object.entries(flow?.jobs ?? {});
    assert.deepEqual(order.map(([id]) => id).sort(), environments);
    order.forEach(([id, job], index) => {
      assert.equal(job.uses, `./${FOLDER}/deploy-environment.yml`);
      assert.deepEqual(job.with, { environment: id, ...(id === "prod" ? { approved: true } : {}) });
      assert.equal(job.needs, order[index - 1]?.[0]);
    });
    assert.equal(order.at(-1)?.[0], "prod", "production comes last");
    assert.deepEqual(flow?.concurrency, { group: "deploy", "cancel-in-progress": false });
    assert.equal(jobOf("deploy-environment.yml", "deploy").environment, "${{ inputs.environment }}");
  });

  it("deploy nothing before the GitHub environment's protection was looked at, by what installs nothing", () => {
    const { steps: made = [] } = jobOf("deploy-environment.yml", "protection");
    assert.equal(jobOf("deploy-environment.yml", "deploy").needs, "protection");
    assert.deepEqual(
      made.map(({ uses, run }) => uses?.split("@")[0] ?? run),
      ["actions/checkout", 'node cli/protection.mjs "$ENVIRONMENT" $APPROVED'],
    );
    assert.equal(made[1]?.env?.["APPROVED"], "${{ inputs.approved && '--approved' || '' }}");
  });

  it("share no cache and no environment with what a pull request ran", () => {
    for (const { name, step } of steps) {
      assert.doesNotMatch(step.uses ?? "", /^actions\/cache/, name);
      if (!step.uses?.startsWith("actions/setup-node@")) continue;
      assert.equal(step.with?.["package-manager-cache"], false, name);
      assert.equal(step.with["cache"], undefined, name);
    }
    for (const { name, line } of commands) assert.doesNotMatch(line, /GITHUB_(ENV|PATH|OUTPUT)/, name);
  });

  it("run on GitHub's machines alone, none of which is used twice", () => {
    for (const { name, job } of jobs)
      if (!job.uses) assert.match(String(job["runs-on"]), /^ubuntu-[\w.]+$/, name);
  });

  it("read artifacts of their own run alone, in the job that only writes the comment", () => {
    const readers = steps.filter(({ step }) => step.uses?.startsWith("actions/download-artifact@"));
    assert.deepEqual(
      readers.map(({ name }) => name),
      ["pull-request.yml, job comment"],
    );
    for (const { step } of readers)
      assert.deepEqual(Object.keys(step.with ?? {}).sort(), ["merge-multiple", "path", "pattern"]);
  });

  it("deploy what was checked and previewed, and take the role only after packages are installed", () => {
    const { steps: made = [] } = jobOf("deploy-environment.yml", "deploy");
    const told = made.map(({ uses, run }) => uses?.split("@")[0] ?? run);
    assert.deepEqual(told, [
      "actions/checkout",
      "actions/setup-node",
      "npm run -s pulumi -- version",
      'npx bulkhead check --env "$ENVIRONMENT"',
      "aws-actions/configure-aws-credentials",
      'npm run deploy -- "$ENVIRONMENT" --yes',
    ]);
    assert.equal(made[0]?.with?.["ref"], "${{ github.sha }}");
  });
});

function helpOf(command: string): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(ROOT, "cli/index.ts"), command, "--help"],
    { encoding: "utf8" },
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, new RegExp(`^Usage: bulkhead ${command}`), `there is a command ${command}`);
  return stdout;
}
