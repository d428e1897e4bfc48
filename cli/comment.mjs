/**
 * `node cli/comment.mjs FOLDER ENVIRONMENT…`: puts the reviews in a folder, `<environment>.md` each, into one comment on a pull
 * request, and updates that comment from then on.
 * Node's own modules only: the job that may write comments installs nothing. It takes the reviews for what somebody wrote who may
 * want to mislead: a pull request's own code made them.
 *
 * From the environment: GITHUB_TOKEN, GITHUB_REPOSITORY (`owner/name`), PULL_REQUEST (its number); GITHUB_API_URL,
 * GITHUB_SERVER_URL and GITHUB_RUN_ID as GitHub sets them.
 */
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { call, itemsOf, told, whereOf } from "./github.mjs";

/** Begins the comment, unseen; nobody's text gets to the beginning of ours. */
export const MARKER = "<!-- bulkhead-review -->";
/** GitHub takes 65,536 characters. */
const MOST = 65_000;
const MOST_COMMENTS = 5_000;
/** GitHub lists no more files of a pull request. */
const MOST_FILES = 3_000;
const MOST_BYTES = 10_000_000;

/** What a review only reads. All else may run in it. */
const READ_ONLY = /^(?:tenants\/config\/[^/]+\/[^/]+\.yaml|docs\/.*\.md|[A-Z]+\.md)$/;

/**
 * The comment: whole reviews as long as they fit, a line for each that does not.
 * @param {readonly string[]} reviews
 * @param {string} run address of the workflow's run
 * @param {readonly string[]} [running] files of the pull request that may run in its own review
 */
export function commentOf(reviews, run, running = []) {
  const end = `\n<sub>The isolation reports as pages, and all that is cut here: [the run](${run}).</sub>\n`;
  let body = `${MARKER}\n${caution(running)}`;
  for (const review of reviews.length > 0 ? reviews : ["## ❌ Not reviewed\n\nThe run says why.\n"]) {
    const [title = ""] = review.split("\n", 1);
    const short = `${title.slice(0, 200)}\n\nToo long for a comment: the run has it.\n`;
    const room = MOST - body.length - end.length;
    body += `\n${review.length < room ? review : short}`;
  }
  return body + end;
}

/** @param {readonly string[]} running */
function caution(running) {
  if (running.length === 0) return "";
  const names = running.slice(0, 5).map((file) => `\`${file.replace(/[^\w./@+-]/g, "?").slice(0, 100)}\``);
  const more = running.length > names.length ? ` and ${running.length - names.length} more` : "";
  return `\n> ⚠️ **This change also changes what its own review runs:** ${names.join(", ")}${more}. What follows is said by that code: read it first.\n`;
}

/**
 * Files that a pull request changes and that are not only read in its review.
 * @param {import("./github.mjs").Where} where
 * @param {string} number
 * @returns {Promise<readonly string[]>}
 */
export async function runningFiles(where, number) {
  const files = [];
  let count = 0;
  for await (const { filename, previous_filename } of itemsOf(where, `pulls/${number}/files`)) {
    files.push(
      ...[filename, previous_filename].filter((name) => name !== undefined && !READ_ONLY.test(name)),
    );
    count += 1;
  }
  return count < MOST_FILES ? files : [...files, "more-files-than-GitHub-lists"];
}

/**
 * @param {string} body
 * @param {import("./github.mjs").Where} where
 * @param {string} number
 * @returns {Promise<"created" | "updated">}
 * @throws Error that says what GitHub refused
 */
export async function publish(body, where, number) {
  const init = { body: JSON.stringify({ body }) };
  let seen = 0;
  for await (const each of itemsOf(where, `issues/${number}/comments`)) {
    // A person may write the marker too: only a program's comment is ours.
    if (each.user?.type === "Bot" && each.body?.startsWith(MARKER)) {
      await call(where, `issues/comments/${each.id}`, { method: "PATCH", ...init });
      return "updated";
    }
    seen += 1;
    if (seen >= MOST_COMMENTS) break;
  }
  await call(where, `issues/${number}/comments`, { method: "POST", ...init });
  return "created";
}

/**
 * The review of an environment; that there is none, or none that says that it is this one's, is told in its place.
 * @param {string} folder
 * @param {string} environment
 */
export function reviewOf(folder, environment) {
  const file = join(folder, `${environment}.md`);
  const missing = `## ❌ ${environment}: not reviewed\n\nThe run says why.\n`;
  const found = lstatSync(file, { throwIfNoEntry: false });
  // A link would put another file of this machine into the comment.
  if (!found?.isFile() || found.size > MOST_BYTES) return missing;
  const text = readFileSync(file, "utf8");
  return new RegExp(`^## [✅❌] ${environment}: `, "u").test(text) ? text : missing;
}

/** @param {readonly string[]} args @param {NodeJS.ProcessEnv} env */
async function main([folder, ...environments], env) {
  if (folder === undefined || environments.length === 0)
    throw new Error("Name a folder and environments: node cli/comment.mjs FOLDER ENVIRONMENT…");
  for (const name of environments)
    if (!/^[a-z][a-z0-9]{1,7}$/.test(name)) throw new Error(`"${name}" is no environment.`);
  const where = whereOf(env);
  const { PULL_REQUEST: number = "" } = env;
  if (!/^\d+$/.test(number)) throw new Error(`PULL_REQUEST is "${number}": expected its number.`);
  const server = env["GITHUB_SERVER_URL"] || "https://github.com";
  const run = `${server}/${where.repository}/actions/runs/${env["GITHUB_RUN_ID"] ?? ""}`;
  const reviews = environments.map((name) => reviewOf(folder, name));
  const done = await publish(commentOf(reviews, run, await runningFiles(where, number)), where, number);
  return `The comment on pull request ${number} was ${done}.`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  await told(() => main(process.argv.slice(2), process.env));
