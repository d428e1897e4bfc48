/** `_bulk`: many writes in one request, each answered on its own. */
import { numberIn } from "../json.ts";
import { illegalArgument, isObject, parsingError, SearchError } from "../search/errors.ts";
import type { ExternalVersion } from "../search/versions.ts";
import { readLines } from "./body.ts";
import type { DomainRequest } from "./request.ts";

type Action = "index" | "create" | "delete";

interface Item {
  readonly action: Action;
  /** As the request names it: an index or an alias. */
  readonly name: readonly string[] | undefined;
  readonly id: string | undefined;
  readonly version: ExternalVersion | undefined;
  readonly source: unknown;
}

const ACTIONS: readonly string[] = ["index", "create", "delete"];

/** @param path - The index of `/INDEX/_bulk`. */
export function bulk(request: DomainRequest, body: Buffer, path: readonly string[] | undefined): object {
  if (body.at(-1) !== 0x0a) throw illegalArgument("The bulk request must be terminated by a newline [\\n]");
  const items = readItems(readLines(body), path, request.domain.explicitIndex);
  request.requireCluster("indices:data/write/bulk");
  const targets = items.map((item): string | SearchError =>
    attempt(() => request.domain.indices.one(item.name)),
  );
  // The items of one index travel together: one that is not allowed takes the others with it.
  const refused = new Map<string, SearchError>();
  for (const [i, { action }] of items.entries()) {
    const index = targets[i];
    if (typeof index !== "string") continue;
    const missing = WRITE_ACTIONS[action].filter((needed) => !request.decide(needed, index).allowed);
    if (missing.length > 0) refused.set(index, request.refusal(missing));
  }
  let errors = false;
  const answers = items.map((item, i) => {
    const target = targets[i] ?? "";
    const index = typeof target === "string" ? target : (item.name?.join(",") ?? "");
    const fault = typeof target === "string" ? refused.get(target) : target;
    const outcome = fault ?? attempt(() => write(request, index, item));
    if (!(outcome instanceof SearchError)) return { [item.action]: { _index: index, ...outcome } };
    errors = true;
    const { status, type, message: reason } = outcome;
    return { [item.action]: { _index: index, _id: item.id ?? null, status, error: { type, reason } } };
  });
  return { took: 0, errors, items: answers };
}

/** What a write needs on its index, beside what the request needs on the cluster. */
export const WRITE_ACTIONS: Readonly<Record<Action, readonly string[]>> = {
  index: ["indices:data/write/bulk[s]", "indices:data/write/index"],
  create: ["indices:data/write/bulk[s]", "indices:data/write/index"],
  delete: ["indices:data/write/bulk[s]", "indices:data/write/delete"],
};

function readItems(
  lines: readonly unknown[],
  path: readonly string[] | undefined,
  explicitIndex: boolean,
): Item[] {
  const items: Item[] = [];
  for (let i = 0; i < lines.length; i++) {
    const header = lines[i];
    const [entry, another] = isObject(header) ? Object.entries(header) : [];
    const [action, options] = entry ?? [];
    if (action === undefined || another !== undefined || !ACTIONS.includes(action) || !isObject(options))
      throw illegalArgument(
        `Malformed action/metadata line [${i + 1}], expected one of [create, delete, index]; update is not served here`,
      );
    const { _index, _id, version, version_type, ...rest } = options;
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined)
      throw illegalArgument(`Action/metadata line [${i + 1}] contains an unknown parameter [${unknown}]`);
    if (_index !== undefined && !explicitIndex)
      throw illegalArgument("explicit index in bulk is not allowed");
    if (_index !== undefined && typeof _index !== "string")
      throw illegalArgument(`Action/metadata line [${i + 1}]: [_index] must be a name`);
    if (_id !== undefined && (typeof _id !== "string" || _id === ""))
      throw illegalArgument(`Action/metadata line [${i + 1}]: [_id] must be text`);
    items.push({
      action: action as Action,
      name: _index === undefined ? path : [_index],
      id: _id,
      version: externalVersion(version, version_type),
      source: action === "delete" ? undefined : lines[++i],
    });
  }
  if (items.length === 0) throw parsingError("request body is required");
  return items;
}

/** @throws SearchError for internal versions: whoever counts versions says that they are external. */
export function externalVersion(version: unknown, type: unknown): ExternalVersion | undefined {
  if (version === undefined && type === undefined) return undefined;
  const number = numberIn(version);
  if ((type !== "external" && type !== "external_gte") || !Number.isSafeInteger(number) || number < 0)
    throw illegalArgument(
      "[version] must be a whole number with [version_type] external or external_gte; others are not served here",
    );
  return { version: number, type };
}

function write(request: DomainRequest, index: string, { action, id, version, source }: Item): object {
  const { engine, store } = request.domain;
  if (action === "delete") {
    if (id === undefined) throw illegalArgument("an id is required for a delete operation");
    const { version: _version, result } = engine.delete(store, index, id, version);
    return { _id: id, _version, result, status: result === "deleted" ? 200 : 404 };
  }
  return writeDocument(request, index, { source, id, version, create: action === "create" });
}

/** The answer on one document that is written, with its status. */
export function writeDocument(
  { domain: { engine, store } }: DomainRequest,
  index: string,
  document: {
    readonly source: unknown;
    readonly id: string | undefined;
    readonly version: ExternalVersion | undefined;
    readonly create: boolean;
  },
): { readonly _id: string; readonly _version: number; readonly result: string; readonly status: number } {
  const { source, id, version, create } = document;
  if (id !== undefined && create && engine.get(store, index, id))
    throw new SearchError(
      409,
      "version_conflict_engine_exception",
      `[${id}]: version conflict, document already exists`,
    );
  const written = engine.put(store, index, source, id, version);
  const { result } = written;
  return { _id: written.id, _version: written.version, result, status: result === "created" ? 201 : 200 };
}

/** What the work answers, or the refusal or fault that OpenSearch tells of one item. */
export function attempt<Value>(work: () => Value): Value | SearchError {
  try {
    return work();
  } catch (error) {
    if (error instanceof SearchError) return error;
    throw error;
  }
}
