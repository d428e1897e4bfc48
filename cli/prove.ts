import { Command } from "commander";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { ModelResource } from "../policies/isolation/model/resource.ts";

const PROJECT = join(import.meta.dirname, "..");

const PROVEN = 0;
const NOT_PROVEN = 1;
const UNJUDGED = 2;

interface Options {
  readonly env: string;
  readonly from?: string;
  readonly json?: boolean;
  readonly markdown?: string;
  readonly html?: string;
}

const HELP = `
Examples:
  Is what is deployed isolated?
    bulkhead prove --env dev
  What would an update leave?
    npm run -s pulumi -- preview --stack local --json --show-sames > preview.json
    bulkhead prove --from preview.json

It reads a state (\`pulumi stack export\`) or a preview (\`pulumi preview --json --show-sames\`), and asks no cloud. What is proven,
and under which assumptions: docs/isolation.md.
Exit code: 0 proven, 1 not proven, with counterexamples or what can't be interpreted, 2 input that can't be judged.`;

/** `bulkhead prove`: the isolation proof. */
export function proveCommand(): Command {
  return new Command("prove")
    .description("the isolation proof: no tenant reaches another's data, each its own, whichever layer fails")
    .option("--env <env>", "the environment, which is the stack's name", "local")
    .option("--from <file>", "a state or a preview as JSON, in place of the stack's (- for standard input)")
    .option("--json", "print the verdict as JSON")
    .option("--markdown <file>", "write it for a comment on a pull request")
    .option("--html <file>", "write it as a page, with a picture of what stands between tenants")
    .addHelpText("after", HELP)
    .showHelpAfterError("(bulkhead prove --help has examples)")
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : UNJUDGED);
    })
    .action(async (options: Options) => {
      process.exitCode = await run(options);
    });
}

async function run({ env, from, json, markdown, html }: Options): Promise<number> {
  // Loaded now: the other commands need none of it.
  const [
    { exportOf, Unjudgeable },
    { buildAccount },
    { whereOf },
    { prove },
    { asText },
    { asJson },
    { asMarkdown },
    { asHtml },
    { located },
  ] = await Promise.all([
    import("./prove/stack.ts"),
    import("../policies/isolation/model/build.ts"),
    import("../policies/isolation/model/where.ts"),
    import("../policies/isolation/prove/index.ts"),
    import("../policies/isolation/report/text.ts"),
    import("../policies/isolation/report/json.ts"),
    import("../policies/isolation/report/markdown.ts"),
    import("../policies/isolation/report/html.ts"),
    import("./located.ts"),
  ]);
  try {
    const resources = await resourcesIn(from === undefined ? exportOf(env) : parsed(from));
    const where = whereOf(resources);
    if (where === undefined)
      throw new Unjudgeable("Nothing in it belongs to an environment: it names no table or function of one.");
    const verdict = located(await prove(buildAccount(resources, where)), PROJECT);
    if (markdown !== undefined) writeFileSync(markdown, `${asMarkdown(verdict)}\n`);
    if (html !== undefined) writeFileSync(html, asHtml(verdict));
    process.stdout.write(json === true ? asJson(verdict) : asText(verdict, { colour: process.stdout.isTTY }));
    return verdict.proven ? PROVEN : NOT_PROVEN;
  } catch (error) {
    if (!(error instanceof Unjudgeable) && !(error instanceof UnreadableInput)) throw error;
    process.stderr.write(`${error.message}\n`);
    return UNJUDGED;
  }
}

class UnreadableInput extends Error {
  override readonly name = "UnreadableInput";
}

function parsed(file: string): unknown {
  const name = file === "-" ? "standard input" : file;
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new UnreadableInput(`${name} can't be read: ${(error as Error).message}`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UnreadableInput(`${name} is no JSON: ${(error as Error).message}`);
  }
}

/** A preview has steps, a state a deployment. */
async function resourcesIn(json: unknown): Promise<readonly ModelResource[]> {
  const [{ fromExport }, { fromPreview }] = await Promise.all([
    import("../policies/isolation/model/sources/export.ts"),
    import("../policies/isolation/model/sources/preview.ts"),
  ]);
  const preview = typeof json === "object" && json !== null && "steps" in json;
  try {
    const resources = preview ? fromPreview(json) : fromExport(json);
    if (resources.length === 0)
      throw new UnreadableInput("There are no resources in it: nothing is deployed, so nothing is proven.");
    return resources;
  } catch (error) {
    if (error instanceof UnreadableInput) throw error;
    throw new UnreadableInput(
      "It is neither a state, as `pulumi stack export` writes it, nor a preview, as `pulumi preview --json --show-sames` does.",
    );
  }
}
