import { readdirSync, readFileSync, type Dirent } from "node:fs";
import { basename, join } from "node:path";
import { isMap, isPair, LineCounter, parseDocument, type Document } from "yaml";
import { tenantSchema, type TenantSpec } from "./schema.ts";

/** Something wrong in a tenant's file. Lines and columns count from 1. */
export interface Fault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** All tenants of an environment, ordered by id, and every fault at once. */
export interface Catalog {
  readonly tenants: readonly TenantSpec[];
  readonly faults: readonly Fault[];
}

/** Files larger than this are refused unread: a tenant's file is a screenful. */
const MAX_BYTES = 64 * 1024;

export class CatalogError extends Error {
  override readonly name = "CatalogError";
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    super(
      `The tenant catalogue has ${faults.length} fault${faults.length === 1 ? "" : "s"}:\n${faults.map(formatFault).join("\n")}`,
    );
    this.faults = faults;
  }
}

export function formatFault({ file, line, column, message }: Fault): string {
  return `${file}:${line}:${column}: ${message}`;
}

/**
 * Reads `folder` (`tenants/config/<env>`), one tenant a file. Never throws for what a file says: faults are returned.
 * An empty folder is a valid environment. @throws Error if the folder itself can't be read.
 */
export function readCatalog(folder: string): Catalog {
  const tenants: TenantSpec[] = [];
  const faults: Fault[] = [];
  for (const entry of entriesOf(folder)) {
    if (entry.name.startsWith(".")) continue;
    const file = join(folder, entry.name);
    const atStart = (message: string): Fault => ({ file, line: 1, column: 1, message });
    if (!entry.isFile() || !entry.name.endsWith(".yaml")) {
      faults.push(atStart("is not a tenant: only files named <id>.yaml belong here"));
      continue;
    }
    const bytes = readFileSync(file);
    if (bytes.length > MAX_BYTES) {
      faults.push(atStart(`is ${bytes.length} bytes; a tenant's file has at most ${MAX_BYTES}`));
      continue;
    }
    const result = parseTenant(bytes, file);
    if ("faults" in result) faults.push(...result.faults);
    else tenants.push(result.tenant);
  }
  return { tenants, faults };
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT"
        ? "it is not there; make it (an empty folder is an environment without tenants)"
        : code === "ENOTDIR"
          ? "it is a file"
          : message;
    throw new Error(`The folder of tenants ${folder} can't be read: ${why}.`, { cause: error });
  }
}

/** The tenants of a folder, for those who can't go on with a fault. @throws CatalogError naming every fault. */
export function loadTenants(folder: string): readonly TenantSpec[] {
  const { tenants, faults } = readCatalog(folder);
  if (faults.length > 0) throw new CatalogError(faults);
  return tenants;
}

/** One tenant from the bytes of its file; `file` is for messages, and its name is the id that is expected. */
export function parseTenant(bytes: Uint8Array, file: string): { tenant: TenantSpec } | { faults: Fault[] } {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { faults: [{ file, line: 1, column: 1, message: "is not UTF-8 text" }] };
  }
  const lines = new LineCounter();
  // Aliases are refused: a tenant's file has no use for them, and nested ones grow without bound.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: "1.2" });
  const at = (offset: number, message: string): Fault => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), message };
  };
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) return { faults: broken.map((error) => at(error.pos[0], `YAML: ${error.message}`)) };

  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return { faults: [at(0, `YAML: ${(error as Error).message}`)] };
  }
  if (!isMap(document.contents))
    return { faults: [at(0, "must be a mapping of keys to values, as `id: acme`")] };

  const parsed = tenantSchema.safeParse(value);
  const expected = basename(file, ".yaml");
  const faults = parsed.success
    ? []
    : parsed.error.issues.flatMap((issue) =>
        issue.code === "unrecognized_keys"
          ? issue.keys.map((key) =>
              at(
                offsetOf(document, [...issue.path, key]),
                `${quote([...issue.path, key])} is not a key of a tenant`,
              ),
            )
          : [
              at(
                offsetOf(document, issue.path),
                `${quote(issue.path)}${document.hasIn(issue.path) ? `: ${issue.message}` : " is missing"}`,
              ),
            ],
      );
  const id = document.get("id");
  if (typeof id === "string" && id !== expected) {
    faults.push(at(offsetOf(document, ["id"]), `\`id\`: is "${id}", but the file is named ${expected}.yaml`));
  }
  if (faults.length > 0 || !parsed.success) {
    return { faults: faults.sort((a, b) => a.line - b.line || a.column - b.column) };
  }
  return { tenant: parsed.data };
}

function quote(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "the file" : `\`${path.map(String).join(".")}\``;
}

/** Where the key (or list item) at `path` stands; of a missing one, where its parent does. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(key));
      const start = (pair?.key as { range?: [number, number, number] } | undefined)?.range?.[0];
      if (start !== undefined) return start;
    } else {
      const node = document.getIn(path.slice(0, length), true) as
        { range?: [number, number, number] } | undefined;
      if (node?.range) return node.range[0];
    }
  }
  return 0;
}
