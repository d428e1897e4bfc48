/**
 * OpenSearch Serverless, data plane: what a collection's endpoint answers. Differences from a real collection: what is
 * written is searchable at once, an index has to exist before documents are written to it, and search is exact.
 */
import { SearchEngine } from "../search/engine.ts";
import { illegalArgument, isObject, parsingError, SearchError, type JsonObject } from "../search/errors.ts";
import { PATHS, type Call, type Gateway, type Reply, type Service } from "../contract.ts";
import { COLLECTION, mayUseIndices, reachesCollection } from "./aoss-access.ts";
import { bulk, bulkItems, type BulkItem } from "./aoss-bulk.ts";
import { PERMISSIONS, resolve, route, type Operation, type Route } from "./aoss-routes.ts";
import { parseJson } from "../json.ts";

const PREFIX = PATHS.collection("");
/** Query parameters that are served; others are refused, as OpenSearch does. */
const PARAMETERS: Readonly<Partial<Record<Operation, readonly string[]>>> = {
  search: ["size", "from", "_source"],
};

/** Tables `aoss-indices` and `aoss-documents` of the account hold the collections' data, by collection id. */
export function createAossService(gateway: Gateway): Service {
  const engine = new SearchEngine(gateway.account, "aoss");
  return {
    serves: (call) => call.service === "aoss" && call.rawPath.startsWith(PREFIX),
    handle: (call) => {
      try {
        return Promise.resolve(handle(gateway, engine, call));
      } catch (error) {
        if (error instanceof SearchError) return Promise.resolve(json(error.status, error.toBody(), call));
        throw error;
      }
    },
  };
}

/** One request, with everything that it names resolved. */
interface Work {
  readonly engine: SearchEngine;
  readonly store: string;
  readonly route: Route;
  readonly indices: readonly string[];
  readonly body: unknown;
  readonly items: readonly BulkItem[];
  readonly searches: readonly { readonly index: readonly string[]; readonly body: unknown }[];
  readonly lookups: readonly { readonly index: string; readonly id: string }[];
  readonly customIds: boolean;
}

function handle(gateway: Gateway, engine: SearchEngine, call: Call): Reply {
  const below = call.rawPath.slice(PREFIX.length);
  const slash = below.indexOf("/");
  const id = slash < 0 ? below : below.slice(0, slash);
  const collection = gateway.account.resource(COLLECTION, id);
  // On AWS there would be no such host.
  if (!collection) throw new SearchError(404, "resource_not_found_exception", `there is no collection ${id}`);
  if (!reachesCollection(gateway, call, collection)) return forbidden(call);

  const matched = route(call.method, slash < 0 ? "" : below.slice(slash));
  const { operation } = matched;
  const existing = engine.indices(id);
  const items = operation === "bulk" ? bulkItems(call.body, matched.index) : [];
  const searches = operation === "msearch" ? searchesOf(call.body, matched.index) : [];
  const body = ["bulk", "msearch"].includes(operation) ? undefined : readBody(call.body);
  const lookups = operation === "mget" ? lookupsOf(body, matched.index) : [];
  const own = resolve(
    [matched.index ?? (operation === "search" || operation === "count" ? "_all" : [])].flat(),
    existing,
  );
  const inBody = [
    ...items.map(({ index }) => index),
    ...searches.flatMap(({ index }) => index),
    ...lookups.map(({ index }) => index),
  ];
  const fromBody = resolve(inBody, existing);
  const needed = new Set([...own.needed, ...fromBody.needed]);
  const needs = [...needed].flatMap((index) =>
    PERMISSIONS[operation].map((permission) => ({ index, permission })),
  );
  if (needs.length === 0) throw illegalArgument("the request names no index");
  if (!mayUseIndices(gateway, call, collection, needs)) return forbidden(call);

  const work: Work = {
    engine,
    store: id,
    route: matched,
    indices: own.indices,
    body: withParameters(call, operation, body),
    items,
    searches,
    lookups,
    customIds: collection.outputs["type"] === "SEARCH",
  };
  const { status, answer } = OPERATIONS[operation](work);
  return json(status, answer, call);
}

type Answer = { readonly status: number; readonly answer: object | undefined };
const ok = (answer: object, status = 200): Answer => ({ status, answer });

const OPERATIONS: Readonly<Record<Operation, (work: Work) => Answer>> = {
  createIndex: (work) => {
    const index = indexOf(work);
    work.engine.create(work.store, index, work.body);
    return ok({ acknowledged: true, shards_acknowledged: true, index });
  },
  describeIndex: ({ engine, store, indices }) =>
    ok(Object.fromEntries(indices.map((index) => [index, engine.describe(store, index)]))),
  indexExists: ({ engine, store, indices }) => ({
    status: indices.length > 0 && indices.every((index) => engine.has(store, index)) ? 200 : 404,
    answer: undefined,
  }),
  deleteIndex: (work) => {
    work.engine.drop(work.store, indexOf(work));
    return ok({ acknowledged: true });
  },
  getMapping: ({ engine, store, indices }) =>
    ok(
      Object.fromEntries(
        indices.map((index) => [index, { mappings: engine.describe(store, index)["mappings"] }]),
      ),
    ),
  putMapping: (work) => {
    work.engine.putMapping(work.store, indexOf(work), work.body);
    return ok({ acknowledged: true });
  },
  indexDocument: (work) => {
    const index = indexOf(work);
    const { id } = work.route;
    if (id !== undefined && !work.customIds)
      throw illegalArgument("Document ID is not supported in create/index operation request");
    const written = work.engine.put(work.store, index, work.body, id);
    const { version, result } = written;
    return ok({ _index: index, _id: written.id, _version: version, result }, version === 1 ? 201 : 200);
  },
  getDocument: (work) => {
    const [index, id] = [indexOf(work), work.route.id ?? ""];
    const found = work.engine.get(work.store, index, id);
    return ok(
      found ? document(index, id, found) : { _index: index, _id: id, found: false },
      found ? 200 : 404,
    );
  },
  deleteDocument: (work) => {
    const index = indexOf(work);
    const { id, version, result } = work.engine.delete(work.store, index, work.route.id ?? "");
    return ok({ _index: index, _id: id, _version: version, result }, result === "deleted" ? 200 : 404);
  },
  bulk: (work) => ok(bulk(work)),
  search: ({ engine, store, indices, body }) => ok(engine.search(store, indices, body ?? {})),
  msearch: ({ engine, store, searches }) =>
    ok({
      responses: searches.map((each) => {
        try {
          const { indices } = resolve(each.index, engine.indices(store));
          return { ...engine.search(store, indices, each.body), status: 200 };
        } catch (error) {
          if (error instanceof SearchError) return error.toBody();
          throw error;
        }
      }),
    }),
  mget: ({ engine, store, lookups }) =>
    ok({
      docs: lookups.map(({ index, id }) => {
        const found = engine.get(store, index, id);
        return found ? document(index, id, found) : { _index: index, _id: id, found: false };
      }),
    }),
  count: ({ engine, store, indices, body }) => ok(engine.count(store, indices, body)),
  deleteByQuery: ({ engine, store, indices, body }) => ok(engine.deleteByQuery(store, indices, body)),
};

function indexOf({ route }: Work): string {
  if (route.index === undefined) throw illegalArgument("the request names no index");
  return route.index;
}

const document = (
  index: string,
  id: string,
  found: { readonly version: number; readonly source: JsonObject },
): object => ({
  _index: index,
  _id: id,
  _version: found.version,
  found: true,
  _source: found.source,
});

function withParameters({ rawQuery, rawPath }: Call, operation: Operation, body: unknown): unknown {
  const given = [...new URLSearchParams(rawQuery)];
  for (const [name] of given)
    if (!PARAMETERS[operation]?.includes(name))
      throw illegalArgument(`request [${rawPath}] contains unrecognized parameter: [${name}]`);
  if (given.length === 0) return body;
  const parsed = given.map(([name, value]): [string, unknown] =>
    name === "_source"
      ? [name, value === "true" ? true : value === "false" ? false : value.split(",")]
      : [name, value],
  );
  return { ...(isObject(body) ? body : {}), ...Object.fromEntries(parsed) };
}

function readBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return parseJson(body.toString("utf8"));
  } catch {
    throw parsingError("the request's body is not JSON");
  }
}

function searchesOf(body: Buffer, pathIndex: string | undefined): { index: string[]; body: unknown }[] {
  const lines = body
    .toString("utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => readBody(Buffer.from(line)));
  const searches = [];
  for (let i = 0; i < lines.length; i += 2) {
    const header = lines[i];
    if (!isObject(header) || !isObject(lines[i + 1]))
      throw parsingError("_msearch needs pairs of a header and a search");
    const { index, ...rest } = header;
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined)
      throw illegalArgument(`key [${unknown}] is not supported in the metadata section`);
    searches.push({ index: strings(index) ?? [pathIndex ?? "_all"], body: lines[i + 1] });
  }
  return searches;
}

function lookupsOf(body: unknown, pathIndex: string | undefined): { index: string; id: string }[] {
  if (!isObject(body)) throw parsingError("_mget needs a body");
  const listed = strings(body["ids"])?.map((id) => ({ _id: id })) ?? body["docs"];
  if (!Array.isArray(listed)) throw parsingError("_mget needs [docs] or [ids]");
  return listed.map((entry: unknown) => {
    const { _index = pathIndex, _id, ...rest } = isObject(entry) ? entry : {};
    if (
      typeof _index !== "string" ||
      typeof _id !== "string" ||
      /[*,]/.test(_index) ||
      _index === "_all" ||
      Object.keys(rest).length > 0
    )
      throw illegalArgument("each of [docs] needs exactly one [_index] and [_id]");
    return { index: _index, id: _id };
  });
}

function strings(value: unknown): string[] | undefined {
  if (value === undefined) return undefined;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every((item) => typeof item === "string"))
    throw parsingError("expected a name or a list of names");
  return list;
}

const forbidden = (call: Call): Reply =>
  json(
    403,
    { status: 403, "request-id": call.id, error: { reason: "403 Forbidden", type: "Forbidden" } },
    call,
  );

function json(status: number, answer: object | undefined, { id }: Call): Reply {
  const headers = { "content-type": "application/json; charset=UTF-8", "x-request-id": id };
  return { status, headers, ...(answer ? { body: JSON.stringify(answer) } : {}) };
}
