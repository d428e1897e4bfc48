/** Resource types that a folder's code makes, read from its source: every `new aws.<module>.<Class>(`. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const MADE = /\bnew aws\.([A-Za-z0-9]+)\.([A-Za-z0-9]+)\(/g;

/** @returns type tokens, as `aws:kms/key:Key` */
export function declaredTypes(root: string, ...folders: readonly string[]): ReadonlySet<string> {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }));
  return new Set(
    files.flatMap((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(MADE)].map(([, module = "", made = ""]) =>
        token(module, made),
      ),
    ),
  );
}

const token = (module: string, made: string): string =>
  `aws:${module}/${made.charAt(0).toLowerCase()}${made.slice(1)}:${made}`;
