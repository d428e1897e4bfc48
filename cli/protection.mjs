/**
 * `node cli/protection.mjs ENVIRONMENT [--approved]`: refuses to go on where the GitHub environment does not hold back what it has
 * to. Its settings are GitHub's and in no file: without this, one that was never made deploys from any branch, unasked.
 * Node's own modules only, before anything is installed.
 *
 * From the environment: GITHUB_TOKEN (that may read actions), GITHUB_REPOSITORY (`owner/name`), GITHUB_API_URL.
 */
import process from "node:process";
import { pathToFileURL } from "node:url";
import { call, told, whereOf } from "./github.mjs";

/**
 * @param {string} name
 * @param {any} environment as GitHub describes it
 * @param {readonly string[]} branches that may deploy, by its own list
 * @param {boolean} approved whether somebody has to approve
 * @returns {readonly string[]} what is missing
 */
export function missingIn(name, environment, branches, approved) {
  /** @type {readonly { type?: string, reviewers?: readonly unknown[] }[]} */
  const rules = environment?.protection_rules ?? [];
  const asks = rules.some(
    ({ type, reviewers }) => type === "required_reviewers" && (reviewers ?? []).length > 0,
  );
  return [
    ...(branches.length === 1 && branches[0] === "main"
      ? []
      : [`other branches than main may deploy to ${name}: set its deployment branches to main alone`]),
    ...(approved && !asks
      ? [`nobody has to approve a deployment to ${name}: set its required reviewers`]
      : []),
  ];
}

/** @param {readonly string[]} args @param {NodeJS.ProcessEnv} env */
async function main(args, env) {
  const [name = "", ...others] = args.filter((arg) => arg !== "--approved");
  if (!/^[a-z][a-z0-9]{1,7}$/.test(name) || others.length > 0)
    throw new Error("Name one environment: node cli/protection.mjs ENVIRONMENT [--approved]");
  const where = whereOf(env);
  const environment = await call(where, `environments/${name}`);
  const branches = environment?.deployment_branch_policy?.custom_branch_policies
    ? (await call(where, `environments/${name}/deployment-branch-policies`)).branch_policies.map(
        // A tag may be named main as well, and whoever may push tags chooses its commit.
        (/** @type {{ name: string, type?: string }} */ { name: of, type = "branch" }) =>
          type === "branch" ? of : `${type} ${of}`,
      )
    : [];
  const missing = missingIn(name, environment, branches, args.includes("--approved"));
  if (missing.length > 0)
    throw new Error(
      `Nothing is deployed: ${missing.join("; ")} (docs/pull-requests.md, "Set up on GitHub").`,
    );
  return `The GitHub environment ${name} is protected.`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  await told(() => main(process.argv.slice(2), process.env));
