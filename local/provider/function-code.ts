/** Puts a function's code where the account runs it from, so that no reader ever sees half of it. */
import { mkdir, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FUNCTIONS_FOLDER } from "../gateway/contract.ts";

/** `functions/<name>` is a link to one of these: a link can be replaced in one step, a folder can't. */
const VERSIONS = ".versions";

/** @param version - Names this content. */
export async function install(
  accountFolder: string,
  name: string,
  version: string,
  files: ReadonlyMap<string, Buffer>,
): Promise<void> {
  const functions = join(accountFolder, FUNCTIONS_FOLDER);
  const target = join(VERSIONS, `${name}-${version.slice(0, 16)}`);
  const folder = join(functions, target);
  const before = await currentVersion(functions, name);
  if (before === target) return;
  // What a killed run left behind may be half a folder.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [path, bytes] of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
  const link = join(functions, `${target}.link`);
  await rm(link, { force: true });
  // The link is made beside the versions and moved up: its text is what counts where it ends.
  await symlink(target, link);
  await rename(link, join(functions, name));
  if (before !== undefined) await rm(join(functions, before), { recursive: true, force: true });
}

export async function uninstall(accountFolder: string, name: string): Promise<void> {
  const functions = join(accountFolder, FUNCTIONS_FOLDER);
  const version = await currentVersion(functions, name);
  await rm(join(functions, name), { force: true });
  if (version !== undefined) await rm(join(functions, version), { recursive: true, force: true });
}

async function currentVersion(functions: string, name: string): Promise<string | undefined> {
  return await readlink(join(functions, name)).catch(() => undefined);
}
