/** What a domain answers to each operation, once its roles allow the operation's actions on the indices. */
import { illegalArgument, isObject, parsingError, SearchError } from "../search/errors.ts";
import { readJson } from "./body.ts";
import { bulk, externalVersion, WRITE_ACTIONS, writeDocument } from "./bulk.ts";
import { readAction } from "./indices.ts";
import { getDocument, multiGet, multiSearch } from "./multi.ts";
import type { DomainRequest } from "./request.ts";
import type { Operation, Route } from "./routes.ts";

export interface Work {
  readonly request: DomainRequest;
  readonly route: Route;
  readonly body: Buffer;
  readonly query: URLSearchParams;
}

export interface Answer {
  readonly status: number;
  readonly answer: object | undefined;
}

const ok = (answer: object, status = 200): Answer => ({ status, answer });
const there = (found: boolean): Answer => ({ status: found ? 200 : 404, answer: undefined });
const acknowledged = ok({ acknowledged: true });

/** Query parameters that are served; others are refused, as OpenSearch does. */
const PARAMETERS: Readonly<Partial<Record<Operation, readonly string[]>>> = {
  search: ["size", "from", "_source"],
  bulk: ["refresh"],
  indexDocument: ["refresh", "version", "version_type"],
  createDocument: ["refresh"],
  deleteDocument: ["refresh", "version", "version_type"],
  deleteByQuery: ["refresh", "conflicts"],
};

/** @throws SearchError with OpenSearch's answer to what is not allowed, not known or not there. */
export function perform(work: Work): Answer {
  const { operation } = work.route;
  for (const name of work.query.keys())
    if (!PARAMETERS[operation]?.includes(name))
      throw illegalArgument(`request contains unrecognized parameter: [${name}]`);
  return OPERATIONS[operation](work);
}

const OPERATIONS: Readonly<Record<Operation, (work: Work) => Answer>> = {
  createIndex: ({ request, route, body }) => {
    const [index = "", another] = route.indices ?? [];
    if (another !== undefined) throw illegalArgument("name exactly one index");
    const definition = readJson(body);
    const aliased = isObject(definition) && definition["aliases"] !== undefined;
    // A pattern is no name: the engine says so to those who may create it.
    if (/[*?\s]/.test(index))
      throw new SearchError(400, "invalid_index_name_exception", `Invalid index name [${index}]`);
    request.require(["indices:admin/create", ...(aliased ? ["indices:admin/aliases"] : [])], [index]);
    request.domain.indices.create(index, definition);
    return ok({ acknowledged: true, shards_acknowledged: true, index });
  },
  getIndex: (work) => {
    const { engine, store, indices } = work.request.domain;
    const described = on(work, "indices:admin/get").map((index) => {
      const aliases = Object.fromEntries(indices.aliasesOf(index).map((alias) => [alias, {}]));
      return [index, { ...engine.describe(store, index), aliases }];
    });
    return ok(Object.fromEntries(described) as object);
  },
  indexExists: (work) => {
    const { engine, store } = work.request.domain;
    const targets = on(work, "indices:admin/get");
    return there(targets.length > 0 && targets.every((index) => engine.has(store, index)));
  },
  deleteIndex: (work) => {
    const { engine, store, indices } = work.request.domain;
    const targets = on(work, "indices:admin/delete");
    const alias = work.route.indices?.find(
      (name) => indices.resolve([name])[0] !== name && !/[*]|^_all$/.test(name),
    );
    if (alias !== undefined)
      throw illegalArgument(
        `The provided expression [${alias}] matches an alias, specify the corresponding concrete indices instead.`,
      );
    for (const index of targets) engine.describe(store, index);
    for (const index of targets) indices.drop(index);
    return acknowledged;
  },
  getMapping: (work) => {
    const { engine, store } = work.request.domain;
    const shown = on(work, "indices:admin/mappings/get").map((index) => [
      index,
      { mappings: engine.describe(store, index)["mappings"] },
    ]);
    return ok(Object.fromEntries(shown) as object);
  },
  putMapping: (work) => {
    const { engine, store } = work.request.domain;
    for (const index of on(work, "indices:admin/mapping/put"))
      engine.putMapping(store, index, readJson(work.body));
    return acknowledged;
  },
  putAlias: (work) => {
    const options = readJson(work.body);
    if (options !== undefined && !(isObject(options) && Object.keys(options).length === 0))
      throw illegalArgument("aliases with filters, routing or other options are not served here");
    return changeAlias(work, "add");
  },
  deleteAlias: (work) => changeAlias(work, "remove"),
  updateAliases: ({ request, body }) => {
    const parsed = readJson(body);
    const listed = isObject(parsed) ? parsed["actions"] : undefined;
    if (!Array.isArray(listed) || listed.length === 0)
      throw parsingError("[actions] must be a list that is not empty");
    const actions = listed
      .map(readAction)
      .flatMap(({ index, ...rest }) =>
        request.domain.indices.resolve([index]).map((each) => ({ ...rest, index: each })),
      );
    request.require(["indices:admin/aliases"], [...new Set(actions.map(({ index }) => index))]);
    request.domain.indices.change(actions);
    return acknowledged;
  },
  getAlias: (work) => {
    const described = work.request.domain.indices.describe(
      on(work, "indices:admin/aliases/get"),
      work.route.name,
    );
    const { name } = work.route;
    if (Object.keys(described).length === 0 && name !== undefined && !name.includes("*"))
      return { status: 404, answer: { error: `alias [${name}] missing`, status: 404 } };
    return ok(described);
  },
  aliasExists: (work) => {
    const targets = on(work, "indices:admin/aliases/get");
    return there(Object.keys(work.request.domain.indices.describe(targets, work.route.name)).length > 0);
  },
  indexDocument: (work) => indexDocument(work, false),
  createDocument: (work) => indexDocument(work, true),
  getDocument: ({ request, route }) => {
    const document = getDocument(request, route.indices, route.name ?? "", "indices:data/read/get");
    return ok(document, document.found ? 200 : 404);
  },
  deleteDocument: ({ request, route, query }) => {
    const { engine, store, indices } = request.domain;
    const index = indices.one(route.indices);
    request.require(WRITE_ACTIONS.delete, [index]);
    const { id, version, result } = engine.delete(store, index, route.name ?? "", versionOf(query));
    return ok({ _index: index, _id: id, _version: version, result }, result === "deleted" ? 200 : 404);
  },
  bulk: ({ request, route, body }) => ok(bulk(request, body, route.indices)),
  search: ({ request, route, body, query }) => {
    const { engine, store, indices } = request.domain;
    const targets = indices.resolve(route.indices);
    const visible = request.require(["indices:data/read/search"], targets);
    return ok(engine.search(store, targets, withParameters(readJson(body), query), visible));
  },
  count: ({ request, route, body }) => {
    const { engine, store, indices } = request.domain;
    const targets = indices.resolve(route.indices);
    const visible = request.require(["indices:data/read/search"], targets);
    return ok(engine.count(store, targets, readJson(body), visible));
  },
  msearch: ({ request, route, body }) => ok(multiSearch(request, body, route.indices)),
  mget: ({ request, route, body }) => ok(multiGet(request, readJson(body), route.indices)),
  // It searches by scrolling and deletes in bulk, as the caller: all of that has to be allowed.
  deleteByQuery: ({ request, route, body }) => {
    const { engine, store, indices } = request.domain;
    const targets = indices.resolve(route.indices);
    const needed = ["indices:data/write/delete/byquery", "indices:data/read/search", ...WRITE_ACTIONS.delete];
    const visible = request.require(needed, targets);
    request.requireCluster("indices:data/read/scroll");
    request.requireCluster("indices:data/write/bulk");
    return ok(engine.deleteByQuery(store, targets, readJson(body), visible));
  },
  refresh: (work) => {
    const { engine, store } = work.request.domain;
    const targets = on(work, "indices:admin/refresh");
    for (const index of targets) engine.describe(store, index);
    const count = targets.length;
    return ok({ _shards: { total: count, successful: count, failed: 0 } });
  },
};

/** The indices that the path stands for, when the caller may do this on all of them. */
function on({ request, route }: Work, action: string): readonly string[] {
  const targets = request.domain.indices.resolve(route.indices);
  request.require([action], targets);
  return targets;
}

function changeAlias(work: Work, kind: "add" | "remove"): Answer {
  const alias = work.route.name ?? "";
  const targets = on(work, "indices:admin/aliases");
  work.request.domain.indices.change(targets.map((index) => ({ kind, index, alias })));
  return acknowledged;
}

function indexDocument({ request, route, body, query }: Work, create: boolean): Answer {
  const index = request.domain.indices.one(route.indices);
  request.require(WRITE_ACTIONS.index, [index]);
  const document = { source: readJson(body), id: route.name, version: versionOf(query), create };
  const { status, ...answer } = writeDocument(request, index, document);
  return ok({ _index: index, ...answer }, status);
}

const versionOf = (query: URLSearchParams) =>
  externalVersion(query.get("version") ?? undefined, query.get("version_type") ?? undefined);

function withParameters(body: unknown, query: URLSearchParams): unknown {
  const given = [...query].map(([name, value]): [string, unknown] =>
    name === "_source"
      ? [name, value === "true" ? true : value === "false" ? false : value.split(",")]
      : [name, value],
  );
  return { ...(isObject(body) ? body : {}), ...Object.fromEntries(given) };
}
