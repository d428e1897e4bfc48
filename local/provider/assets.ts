/** Reads the files that a program hands to a resource. */
import { readFile, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isArchive, isAsset } from "./values.ts";
import type { Archive, Asset } from "./values.ts";

/** @param folder - Where a relative path starts. */
export async function bytesOf(asset: Asset, folder: string): Promise<Buffer> {
  if (asset.text !== undefined) return Buffer.from(asset.text);
  if (asset.path !== undefined)
    return await readFile(resolve(folder, asset.path)).catch(unreadable(asset.path, folder));
  throw new Error(`an asset at ${asset.uri ?? "no path"} can't be read: use a file or a string`);
}

/** All files of an archive, by their path inside it, in the order of these. */
export async function filesOf(archive: Archive, folder: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for await (const [path, bytes] of walk(archive, folder, "")) files.set(path, bytes);
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function* walk(archive: Archive, folder: string, at: string): AsyncGenerator<[string, Buffer]> {
  if (archive.assets !== undefined) {
    for (const [name, entry] of Object.entries(archive.assets)) {
      if (isAsset(entry)) yield [inside(at, name), await bytesOf(entry, folder)];
      else if (isArchive(entry)) yield* walk(entry, folder, inside(at, name));
    }
  } else if (archive.path !== undefined) {
    const root = resolve(folder, archive.path);
    if (!(await stat(root).catch(unreadable(archive.path, folder))).isDirectory())
      throw new Error(`${archive.path}: the embedded account takes a folder as code, no packed archive`);
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      yield [inside(at, file.slice(root.length + 1)), await readFile(file)];
    }
  } else {
    throw new Error(
      `an archive at ${archive.uri ?? "no path"} can't be read: use a folder or a map of assets`,
    );
  }
}

/** The engine doesn't tell an attached provider where the program is. */
function unreadable(path: string, folder: string) {
  return (error: unknown): never => {
    throw new Error(
      `${path} can't be read from ${folder}: ${(error as Error).message}. Give assets absolute paths`,
    );
  };
}

/** A path below the archive's root, and nowhere else. */
function inside(at: string, name: string): string {
  const path = join("/", at, name).slice(1);
  if (path === "" || name.split(/[\\/]/).includes(".."))
    throw new Error(`an archive can't hold a file named ${name}`);
  return path;
}
