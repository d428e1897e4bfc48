/** GitHub's API, by Node's own modules only: jobs whose token may do something install nothing. */
import process from "node:process";

const PER_PAGE = 100;

/** @typedef {{ api: string, token: string, repository: string }} Where */

/** @param {NodeJS.ProcessEnv} env as GitHub sets it @returns {Where} @throws Error that says which variable is wrong */
export function whereOf(env) {
  const { GITHUB_TOKEN: token, GITHUB_REPOSITORY: repository = "" } = env;
  if (!token) throw new Error("GITHUB_TOKEN is not set.");
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository))
    throw new Error(`GITHUB_REPOSITORY is "${repository}": expected owner/name.`);
  return { api: env["GITHUB_API_URL"] || "https://api.github.com", token, repository };
}

/**
 * @param {Where} where
 * @param {string} path below the repository
 * @param {RequestInit} [init]
 * @returns {Promise<any>}
 * @throws Error that says what GitHub refused
 */
export async function call({ api, token, repository }, path, init = {}) {
  const url = `${api}/repos/${repository}/${path}`;
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
}

/**
 * Items of a list, page by page, as far as they are asked for.
 * @param {Where} where
 * @param {string} path below the repository
 * @returns {AsyncGenerator<any>}
 */
export async function* itemsOf(where, path) {
  for (let page = 1; ; page += 1) {
    const items = await call(where, `${path}?per_page=${PER_PAGE}&page=${page}`);
    yield* items;
    if (items.length < PER_PAGE) return;
  }
}

/** Runs a command: an error is told in its own words. @param {() => Promise<string>} run what it says when it is done */
export async function told(run) {
  try {
    process.stdout.write(`${await run()}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
