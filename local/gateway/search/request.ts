/** A search request's body beside its query: paging, and which parts of a hit are returned. */
import { numberIn } from "../json.ts";
import type { IndexedDocument } from "./document.ts";
import { illegalArgument, isObject, parsingError, type JsonObject } from "./errors.ts";
import { matches } from "./path.ts";

export interface SearchRequest {
  readonly query: unknown;
  readonly size: number;
  readonly from: number;
  readonly source: (source: JsonObject) => JsonObject | undefined;
  readonly fields: readonly string[];
}

const KEYS = ["query", "size", "from", "_source", "fields", "track_total_hits"];
/** OpenSearch's `index.max_result_window`. */
const MAX_WINDOW = 10_000;

export function parseSearch(body: unknown): SearchRequest {
  if (!isObject(body)) throw parsingError("a search request's body must be an object");
  for (const key of Object.keys(body))
    if (!KEYS.includes(key)) throw parsingError(`unknown key [${key}] for a search request`);
  const size = count("size", body["size"] ?? 10);
  const from = count("from", body["from"] ?? 0);
  if (from + size > MAX_WINDOW)
    throw illegalArgument(
      `Result window is too large, from + size must be less than or equal to: [${MAX_WINDOW}]`,
    );
  const fields = body["fields"] ?? [];
  if (!isStrings(fields)) throw parsingError("[fields] must be a list of field names");
  return {
    query: body["query"] ?? { match_all: {} },
    size,
    from,
    source: sourceFilter(body["_source"]),
    fields,
  };
}

/** Values of `fields` patterns as the `fields` option returns them: always lists. */
export function fieldValues(
  document: IndexedDocument,
  patterns: readonly string[],
): Record<string, unknown[]> {
  const found: Record<string, unknown[]> = {};
  for (const [path, value] of paths("", document.source))
    if (patterns.some((pattern) => glob(pattern)(path))) found[path] = Array.isArray(value) ? value : [value];
  return found;
}

function* paths(prefix: string, object: JsonObject): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(object))
    if (isObject(value)) yield* paths(`${prefix}${name}.`, value);
    else yield [prefix + name, value];
}

function count(name: string, value: unknown): number {
  const number = numberIn(value);
  if (!Number.isInteger(number) || number < 0)
    throw illegalArgument(`[${name}] must be a number from 0, found [${JSON.stringify(value)}]`);
  return number;
}

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

function sourceFilter(given: unknown): SearchRequest["source"] {
  if (given === undefined || given === true) return (source) => source;
  if (given === false) return () => undefined;
  const list = (value: unknown): ((path: string) => boolean)[] => {
    if (value === undefined) return [];
    const names = typeof value === "string" ? [value] : value;
    if (!isStrings(names))
      throw parsingError("[_source] must be true, false, names, or {includes, excludes}");
    return names.map(glob);
  };
  const { includes, excludes, ...rest } = isObject(given) ? given : { includes: given, excludes: undefined };
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw parsingError(`[_source] does not support [${unknown}]`);
  const include = list(includes);
  const exclude = list(excludes);
  const shown = (path: string): boolean =>
    (include.length === 0 || include.some((pattern) => pattern(path))) &&
    !exclude.some((pattern) => pattern(path));
  const filter = (prefix: string, object: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(object).flatMap(([name, value]) => {
        if (!isObject(value)) return shown(prefix + name) ? [[name, value]] : [];
        const inner = filter(`${prefix}${name}.`, value);
        return Object.keys(inner).length > 0 ? [[name, inner]] : [];
      }),
    );
  return (source) => filter("", source);
}

/** `*` stands for any characters; a name includes what is below it. */
function glob(pattern: string): (path: string) => boolean {
  return (path) => matches(pattern, path) || matches(`${pattern}.*`, path);
}
