import { readdirSync, readFileSync, statSync, type Dirent } from "node:fs";
import { basename, join } from "node:path";
import { isMap, isPair, parseDocument, type Document, type YAMLError } from "yaml";
import { judge } from "../runtime/contract/judge.ts";
import { isDeeperThan } from "./nesting.ts";
import { printable } from "./printable.ts";
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

/** Files larger than this are refused unread: a tenant's file is a screenful, and comparing many keys takes long. */
const MAX_BYTES = 8 * 1024;
/** More faults of one file than this help nobody. */
const MAX_FAULTS = 50;
const MAX_MESSAGE = 300;
/** A tenant's file needs two. */
const MAX_DEPTH = 8;

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

/** One line, whatever the file and its name hold. */
export function formatFault({ file, line, column, message }: Fault): string {
  return `${printable(file, 4096)}:${line}:${column}: ${printable(message, MAX_MESSAGE)}`;
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
    let result: ReturnType<typeof parseTenant>;
    try {
      // Asked before it is read: a file too large for memory is a fault like any other.
      const { size } = statSync(file);
      result =
        size > MAX_BYTES ? { faults: [atStart(tooLarge(size))] } : parseTenant(readFileSync(file), file);
    } catch (error) {
      result = { faults: [atStart(`can't be read: ${reasonOf(error)}`)] };
    }
    if ("faults" in result) faults.push(...result.faults);
    else tenants.push(result.tenant);
  }
  return { tenants, faults };
}

function tooLarge(bytes: number): string {
  return `is ${bytes} bytes; a tenant's file has at most ${MAX_BYTES}`;
}

/** Of an error of the file system; ENOENT of a listed file means that its name can't be told, or that it has just gone. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EACCES") return "this user may not";
  if (code === "ENOENT") return "it is gone, or its name is not UTF-8";
  return code ?? message;
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
          : code === "EACCES"
            ? "this user may not; give it the right to read the folder"
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
  const result = parse(bytes, file);
  return "tenant" in result ? result : { faults: result.faults.slice(0, MAX_FAULTS) };
}

/** The parser looks a tag up among an object's own properties and all others: of `!<valueOf>` it says "undefined used for …". */
const yamlReason = ({ code, message }: YAMLError): string =>
  code === "BAD_COLLECTION_TYPE" ? "the tag is not one of a collection like this" : message;

function parse(bytes: Uint8Array, file: string): { tenant: TenantSpec } | { faults: Fault[] } {
  if (bytes.length > MAX_BYTES)
    return { faults: [{ file, line: 1, column: 1, message: tooLarge(bytes.length) }] };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { faults: [{ file, line: 1, column: 1, message: "is not UTF-8 text" }] };
  }
  if (isDeeperThan(text, MAX_DEPTH))
    return { faults: [{ file, line: 1, column: 1, message: `is nested deeper than ${MAX_DEPTH} levels` }] };
  // Aliases are refused below: a tenant's file has no use for them, and nested ones grow without bound.
  const document = parseDocument(text, {
    prettyErrors: false,
    version: "1.2",
    stringKeys: true,
    logLevel: "error",
  });
  const starts = lineStarts(text);
  const at = (offset: number, message: string): Fault => ({ file, ...placeOf(starts, offset), message });
  const broken = [...document.errors, ...document.warnings].slice(0, MAX_FAULTS);
  if (broken.length > 0)
    return { faults: broken.map((error) => at(error.pos[0], `YAML: ${yamlReason(error)}`)) };

  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return { faults: [at(0, `YAML: ${(error as Error).message}`)] };
  }
  if (!isMap(document.contents))
    return { faults: [at(0, "must be a mapping of keys to values, as `id: acme`")] };

  const parsed = judge(tenantSchema, value);
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

/** Offsets at which lines start, found in the text itself: the parser's own counter misses some where it recovers from an error. */
function lineStarts(text: string): readonly number[] {
  return [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
}

function placeOf(starts: readonly number[], offset: number): Pick<Fault, "line" | "column"> {
  const line = starts.findLastIndex((start) => start <= offset);
  return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
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
