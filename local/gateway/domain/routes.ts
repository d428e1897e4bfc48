/** Which operation of OpenSearch a request's method and path name. */
import { illegalArgument } from "../search/errors.ts";

export type Operation =
  | "createIndex"
  | "getIndex"
  | "indexExists"
  | "deleteIndex"
  | "getMapping"
  | "putMapping"
  | "putAlias"
  | "deleteAlias"
  | "updateAliases"
  | "getAlias"
  | "aliasExists"
  | "indexDocument"
  | "createDocument"
  | "getDocument"
  | "deleteDocument"
  | "bulk"
  | "search"
  | "count"
  | "msearch"
  | "mget"
  | "deleteByQuery"
  | "refresh";

export interface Route {
  readonly operation: Operation;
  /** The members of the index list; undefined where the path names none. */
  readonly indices: readonly string[] | undefined;
  /** A document's id, or an alias's name. */
  readonly name: string | undefined;
}

const READS = ["GET", "POST"];
const WRITES = ["PUT", "POST"];
type Line = readonly [shape: string, methods: readonly string[], operation: Operation];
/** Shape of the path, methods, operation. */
const ROUTES: readonly Line[] = [
  ["INDEX", ["PUT"], "createIndex"],
  ["INDEX", ["GET"], "getIndex"],
  ["INDEX", ["HEAD"], "indexExists"],
  ["INDEX", ["DELETE"], "deleteIndex"],
  ["INDEX/_mapping", ["GET"], "getMapping"],
  ["INDEX/_mapping", WRITES, "putMapping"],
  ...["INDEX/_alias/NAME", "INDEX/_aliases/NAME"].flatMap((shape): Line[] => [
    [shape, WRITES, "putAlias"],
    [shape, ["DELETE"], "deleteAlias"],
  ]),
  ["_aliases", ["POST"], "updateAliases"],
  ...["_alias", "_alias/NAME", "INDEX/_alias", "INDEX/_alias/NAME"].flatMap((shape): Line[] => [
    [shape, ["GET"], "getAlias"],
    [shape, ["HEAD"], "aliasExists"],
  ]),
  ["INDEX/_doc", ["POST"], "indexDocument"],
  ["INDEX/_doc/NAME", WRITES, "indexDocument"],
  ["INDEX/_create/NAME", WRITES, "createDocument"],
  ["INDEX/_doc/NAME", ["GET", "HEAD"], "getDocument"],
  ["INDEX/_doc/NAME", ["DELETE"], "deleteDocument"],
  ["INDEX/_delete_by_query", ["POST"], "deleteByQuery"],
  ...["", "INDEX/"].flatMap((prefix): Line[] => [
    [`${prefix}_bulk`, WRITES, "bulk"],
    [`${prefix}_search`, READS, "search"],
    [`${prefix}_count`, READS, "count"],
    [`${prefix}_msearch`, READS, "msearch"],
    [`${prefix}_mget`, READS, "mget"],
    [`${prefix}_refresh`, READS, "refresh"],
  ]),
];

/** Whether the first segment of a path is an index, a list of indices or a pattern. */
const namesIndices = (first: string | undefined): first is string =>
  first !== undefined && (!first.startsWith("_") || first.split(",").includes("_all"));

/**
 * The paths on which access is decided, without a leading slash. IAM knows nothing of lists: a request on `a,b` is one on
 * `a` and one on `b`, and has to be allowed on both.
 */
export function accessPaths(segments: readonly string[]): string[] {
  const [first, ...rest] = segments;
  if (!namesIndices(first)) return [segments.join("/")];
  return first.split(",").map((index) => [index, ...rest].join("/"));
}

/** @throws SearchError for a path that is not served. */
export function route(method: string, segments: readonly string[]): Route {
  const [first] = segments;
  const named = namesIndices(first);
  const rest = named ? segments.slice(1) : segments;
  const name = rest[1];
  const shape = [...(named ? ["INDEX"] : []), ...rest.slice(0, 1), ...rest.slice(1).map(() => "NAME")].join(
    "/",
  );
  const found = ROUTES.find(([known, methods]) => known === shape && methods.includes(method));
  if (!found)
    throw illegalArgument(
      `no handler found for uri [/${segments.join("/")}] and method [${method}]; this domain serves what the embedded account needs`,
    );
  const indices = named ? first.split(",") : undefined;
  return { operation: found[2], indices, name };
}
