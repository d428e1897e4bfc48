/**
 * `node cli/comment.mjs FOLDER`: puts the reviews in a folder, one `.md` file an environment, into one comment on a pull
 * request, and updates that comment from then on.
 * Node's own modules only: the job that may write comments installs nothing.
 *
 * From the environment: GITHUB_TOKEN, GITHUB_REPOSITORY (`owner/name`), PULL_REQUEST (its number); GITHUB_API_URL,
 * GITHUB_SERVER_URL and GITHUB_RUN_ID as GitHub sets them.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

/** Begins the comment, unseen; nobody's text gets to the beginning of ours. */
export const MARKER = "<!-- bulkhead-review -->";

/** GitHub takes 65,536 characters. */
const MOST = 65_000;
const PER_PAGE = 100;
const MOST_PAGES = 50;

/**
 * The comment: whole reviews as long as they fit, a line for each that does not.
 * @param {readonly string[]} reviews
 * @param {string} run address of the workflow's run
 */
export function commentOf(reviews, run) {
  const end = `\n<sub>The isolation reports as pages, and all that is cut here: [the run](${run}).</sub>\n`;
  let body = `${MARKER}\n`;
  for (const review of reviews.length > 0 ? reviews : ["## ❌ Not reviewed\n\nThe run says why.\n"]) {
    const [title = ""] = review.split("\n", 1);
    const short = `${title.slice(0, 200)}\n\nToo long for a comment: the run has it.\n`;
    const room = MOST - body.length - end.length;
    body += `\n${review.length < room ? review : short}`;
  }
  return body + end;
}

/**
 * @param {string} body
 * @param {{ api: string, token: string, repository: string, number: string }} where
 * @returns {Promise<"created" | "updated">}
 * @throws Error that says what GitHub refused
 */
export async function publish(body, { api, token, repository, number }) {
  const issues = `${api}/repos/${repository}/issues`;
  /** @param {string} url @param {RequestInit} [init] */
  const call = async (url, init = {}) => {
    const response = await globalThis.fetch(url, {
      ...init,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "user-agent": "bulkhead",
        "x-github-api-version": "2022-11-28",
      },
      redirect: "error",
      signal: globalThis.AbortSignal.timeout(30_000),
    });
    if (response.ok) return response.json();
    const said = (await response.text()).slice(0, 300);
    throw new Error(`GitHub answered ${response.status} to ${init.method ?? "GET"} ${url}: ${said}`);
  };
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    /** @type {{ id: number, body?: string, user?: { type?: string } }[]} */
    const comments = /** @type {any} */ (
      await call(`${issues}/${number}/comments?per_page=${PER_PAGE}&page=${page}`)
    );
    // A person may write the marker too: only a program's comment is ours.
    const ours = comments.find((each) => each.user?.type === "Bot" && each.body?.startsWith(MARKER));
    if (ours) {
      await call(`${issues}/comments/${ours.id}`, { method: "PATCH", body: JSON.stringify({ body }) });
      return "updated";
    }
    if (comments.length < PER_PAGE) break;
  }
  await call(`${issues}/${number}/comments`, { method: "POST", body: JSON.stringify({ body }) });
  return "created";
}

/** @param {string} folder a missing one holds no review @returns {readonly string[]} in the order of their names */
function reviewsIn(folder) {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith(".md"));
  return files.sort().map((name) => readFileSync(join(folder, name), "utf8"));
}

/** @param {readonly string[]} args @param {NodeJS.ProcessEnv} env */
async function main(args, env) {
  const [folder, ...others] = args;
  if (folder === undefined || others.length > 0)
    throw new Error("Name one folder: node cli/comment.mjs FOLDER");
  const { GITHUB_TOKEN: token, GITHUB_REPOSITORY: repository = "", PULL_REQUEST: number = "" } = env;
  if (!token) throw new Error("GITHUB_TOKEN is not set: a token that may write comments.");
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository))
    throw new Error(`GITHUB_REPOSITORY is "${repository}": expected owner/name.`);
  if (!/^\d+$/.test(number)) throw new Error(`PULL_REQUEST is "${number}": expected its number.`);
  const server = env["GITHUB_SERVER_URL"] || "https://github.com";
  const run = `${server}/${repository}/actions/runs/${env["GITHUB_RUN_ID"] ?? ""}`;
  const body = commentOf(reviewsIn(folder), run);
  const api = env["GITHUB_API_URL"] || "https://api.github.com";
  const done = await publish(body, { api, token, repository, number });
  process.stdout.write(`The comment on pull request ${number} was ${done}.\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  await main(process.argv.slice(2), process.env).catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
