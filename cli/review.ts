import { Command } from "commander";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const PROJECT = join(import.meta.dirname, "..");

const ACCEPTED = 0;
const REFUSED = 1;
const IMPOSSIBLE = 2;

interface Options {
  readonly env: string;
  readonly base?: string;
  readonly json?: boolean;
  readonly markdown?: string;
  readonly html?: string;
}

const HELP = `
The environment as of the base is deployed into an embedded account, and what is here is previewed over it by the real
engine, with the policy pack and the isolation proof. It needs no credentials and touches nothing but a temporary folder.

Examples:
  What would this branch change?
    bulkhead review --env dev --base origin/main
  In a pull request, for one comment:
    bulkhead review --env dev --base HEAD^1 --markdown dev.md --html dev.html

Exit code: 0 nothing refuses the change, 1 something does, 2 can't be reviewed.`;

/** `bulkhead review`: what a change does to an environment, whether rules allow it, and whether tenants stay apart. */
export function reviewCommand(): Command {
  return new Command("review")
    .description(
      "what a change does to an environment: for which tenant, against which rules, isolated or not",
    )
    .requiredOption("--env <env>", "the environment, which is the stack's name")
    .option("--base <commit>", "what is deployed before (default: nothing, so that everything is new)")
    .option("--json", "print the review as JSON")
    .option("--markdown <file>", "write it for a comment on the pull request")
    .option("--html <file>", "write the isolation report as a page")
    .addHelpText("after", HELP)
    .showHelpAfterError("(bulkhead review --help has examples)")
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : IMPOSSIBLE);
    })
    .action(async (options: Options) => {
      process.exitCode = await run(options).catch((error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
        return IMPOSSIBLE;
      });
    });
}

async function run({ env, base, json, markdown, html }: Options): Promise<number> {
  // Loaded now: the other commands need none of the engine.
  const [{ previewOver }, { reviewOf }, { judge }, reports] = await Promise.all([
    import("../local/review/preview.ts"),
    import("./review/review.ts"),
    import("./review/judge.ts"),
    import("./review/reports.ts"),
  ]);
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-review-"));
  try {
    const said = await previewOver({
      project: PROJECT,
      folder,
      environment: env,
      base,
      say: (step) => process.stderr.write(`… ${step}\n`),
    });
    const review = reviewOf({ ...said, environment: env, isolation: await judge(said.digest, PROJECT) });
    if (markdown !== undefined) writeFileSync(markdown, reports.asMarkdown(review));
    if (html !== undefined && review.isolation) writeFileSync(html, reports.asHtml(review.isolation));
    process.stdout.write(json ? reports.asJson(review) : reports.asText(review, process.stdout.isTTY));
    return review.accepted ? ACCEPTED : REFUSED;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
