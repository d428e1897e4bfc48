/** The project twice, each in a folder of its own: as it was at a commit, and as it is now with what is not committed. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { isMap, parseDocument, visit } from "yaml";

/** What is no source. */
const NOT_COPIED = new Set([".bulkhead", ".git", "node_modules"]);

/** In the place of a setting that is encrypted with a key that is not here. */
const PLACEHOLDER = "not-known-to-a-review";

/** A commit can't be read. */
export class NoSuchCommit extends Error {
  override readonly name = "NoSuchCommit";
}

/** The project as it lies there. */
export function copyProject(project: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(project))
    if (!NOT_COPIED.has(entry)) cpSync(join(project, entry), join(folder, entry), { recursive: true });
  linkPackages(project, folder);
}

/**
 * The project at a commit. Nothing of the repository changes, its index included.
 * @returns the commit's id
 * @throws NoSuchCommit
 */
export function copyCommit(project: string, commit: string, folder: string): string {
  const git = (args: readonly string[], env: NodeJS.ProcessEnv = process.env): string =>
    execFileSync("git", args, { cwd: project, encoding: "utf8", stdio: "pipe", env });
  let id: string;
  try {
    id = git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${commit}^{commit}`]).trim();
  } catch (error) {
    throw new NoSuchCommit(
      `There is no commit ${JSON.stringify(commit)} here. Name another by --base; a shallow clone has to fetch it first.`,
      { cause: error },
    );
  }
  mkdirSync(folder, { recursive: true });
  const index = { ...process.env, GIT_INDEX_FILE: join(folder, ".index") };
  git(["read-tree", id], index);
  git(["checkout-index", "--all", `--prefix=${folder}/`], index);
  rmSync(join(folder, ".index"));
  linkPackages(project, folder);
  return id;
}

function linkPackages(project: string, folder: string): void {
  if (existsSync(join(project, "node_modules")))
    symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
}

/**
 * Makes a stack's settings usable without the key that encrypts its secrets: the embedded account keeps its own.
 * @returns whether the copy has the stack
 */
export function withoutSecrets(folder: string, stack: string): boolean {
  const file = join(folder, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) return false;
  const document = parseDocument(readFileSync(file, "utf8"));
  for (const key of ["secretsprovider", "encryptedkey", "encryptionsalt"]) document.delete(key);
  visit(document, {
    Map: (_key, node) =>
      node.items.length === 1 && node.has("secure") ? document.createNode(PLACEHOLDER) : undefined,
  });
  writeFileSync(file, isMap(document.contents) ? document.toString() : "");
  return true;
}
