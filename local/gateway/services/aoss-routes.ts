/** Which operation of OpenSearch a request's method and path name, and what it needs permission for. */
import { illegalArgument, SearchError } from "../search/errors.ts";
import { matches, segmentsOf } from "../search/path.ts";

export type Operation =
  | "createIndex"
  | "describeIndex"
  | "indexExists"
  | "deleteIndex"
  | "getMapping"
  | "putMapping"
  | "indexDocument"
  | "getDocument"
  | "deleteDocument"
  | "bulk"
  | "search"
  | "msearch"
  | "mget"
  | "count"
  | "deleteByQuery";

export interface Route {
  readonly operation: Operation;
  /** As in the path: a name, a comma list, wildcards; undefined where the path names none. */
  readonly index: string | undefined;
  readonly id: string | undefined;
}

/**
 * What a data-access policy must grant on each index. Source: "Supported OpenSearch API operations and permissions",
 * Amazon OpenSearch Serverless. Delete by query is not in that list; it reads what it deletes, so it needs both here.
 */
export const PERMISSIONS: Readonly<Record<Operation, readonly string[]>> = {
  createIndex: ["aoss:CreateIndex"],
  describeIndex: ["aoss:DescribeIndex"],
  indexExists: ["aoss:DescribeIndex"],
  deleteIndex: ["aoss:DeleteIndex"],
  getMapping: ["aoss:DescribeIndex"],
  putMapping: ["aoss:UpdateIndex"],
  indexDocument: ["aoss:WriteDocument"],
  getDocument: ["aoss:ReadDocument"],
  deleteDocument: ["aoss:WriteDocument"],
  bulk: ["aoss:WriteDocument"],
  search: ["aoss:ReadDocument"],
  msearch: ["aoss:ReadDocument"],
  mget: ["aoss:ReadDocument"],
  count: ["aoss:ReadDocument"],
  deleteByQuery: ["aoss:ReadDocument", "aoss:WriteDocument"],
};

/** Operations that take several indices or patterns; the others name exactly one. */
const PLURAL: ReadonlySet<Operation> = new Set([
  "search",
  "msearch",
  "count",
  "getMapping",
  "describeIndex",
  "indexExists",
]);

const READS = ["GET", "POST"];
const WRITES = ["POST", "PUT"];
/** Shape of the path, method, operation. */
const ROUTES: readonly (readonly [shape: string, methods: readonly string[], operation: Operation])[] = [
  ["INDEX", ["PUT"], "createIndex"],
  ["INDEX", ["GET"], "describeIndex"],
  ["INDEX", ["HEAD"], "indexExists"],
  ["INDEX", ["DELETE"], "deleteIndex"],
  ["INDEX/_mapping", ["GET"], "getMapping"],
  ["INDEX/_mapping", WRITES, "putMapping"],
  ["INDEX/_doc", ["POST"], "indexDocument"],
  ["INDEX/_doc/ID", WRITES, "indexDocument"],
  ["INDEX/_create/ID", WRITES, "indexDocument"],
  ["INDEX/_doc/ID", ["GET"], "getDocument"],
  ["INDEX/_doc/ID", ["DELETE"], "deleteDocument"],
  ["INDEX/_delete_by_query", ["POST"], "deleteByQuery"],
  ...(["", "INDEX/"] as const).flatMap(
    (prefix) =>
      [
        [`${prefix}_bulk`, WRITES, "bulk"],
        [`${prefix}_search`, READS, "search"],
        [`${prefix}_msearch`, READS, "msearch"],
        [`${prefix}_mget`, READS, "mget"],
        [`${prefix}_count`, READS, "count"],
      ] as const,
  ),
];

/**
 * @param rawPath The path below the collection's endpoint, as on the wire.
 * @throws SearchError for a path that could be read in two ways, or that is not served.
 */
export function route(method: string, rawPath: string): Route {
  const segments = segmentsOf(rawPath);
  const [first] = segments;
  const named = first !== undefined && (first === "_all" || !first.startsWith("_"));
  const rest = named ? segments.slice(1) : segments;
  const id = rest.length === 2 ? rest[1] : undefined;
  const shape = [
    ...(named ? ["INDEX"] : []),
    ...rest.slice(0, 1),
    ...(id === undefined ? rest.slice(1) : ["ID"]),
  ].join("/");
  const found = ROUTES.find(([known, methods]) => known === shape && methods.includes(method));
  if (!found)
    throw new SearchError(
      404,
      "unsupported_operation_exception",
      `${method} /${segments.join("/")} is not served by this collection`,
    );
  const [, , operation] = found;
  const index = named ? first : undefined;
  if (index !== undefined && !PLURAL.has(operation) && (index === "_all" || /[*,]/.test(index)))
    throw illegalArgument(
      `[${index}]: lists, wildcards and _all are not allowed for this operation, name one index`,
    );
  return { operation, index, id };
}

/** What an index expression stands for in a collection. */
export interface Targets {
  /** Existing indices for a pattern; a plain name as it is. */
  readonly indices: readonly string[];
  /** What permission is needed on: the indices, and a pattern that matches none. */
  readonly needed: readonly string[];
}

/** Splits comma lists and expands wildcards and `_all`. @throws SearchError for date math, exclusions and other clusters. */
export function resolve(expressions: readonly string[], existing: readonly string[]): Targets {
  const indices = new Set<string>();
  const needed = new Set<string>();
  for (const name of expressions.flatMap((expression) => expression.split(","))) {
    if (name === "" || /^[-<+]|[:%>]/.test(name) || (name.startsWith("_") && name !== "_all"))
      throw illegalArgument(`the index expression "${name}" is not supported here`);
    const pattern = name === "_all" ? "*" : name;
    if (!pattern.includes("*")) {
      indices.add(pattern);
      needed.add(pattern);
      continue;
    }
    const found = existing.filter((index) => matches(pattern, index));
    for (const index of found) indices.add(index);
    for (const index of found.length > 0 ? found : [pattern]) needed.add(index);
  }
  return { indices: [...indices], needed: [...needed] };
}
