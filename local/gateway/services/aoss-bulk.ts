/** `_bulk`: many writes in one request, each answered on its own. */
import type { SearchEngine } from "../search/engine.ts";
import { illegalArgument, isObject, parsingError, SearchError } from "../search/errors.ts";
import { parseJson } from "../json.ts";

export interface BulkItem {
  readonly action: string;
  readonly index: string;
  readonly id: string | undefined;
  readonly source: unknown;
}

const ACTIONS = ["index", "create", "update", "delete"];

/** @param pathIndex The index of `/INDEX/_bulk`; a line may name another, which needs permission too. */
export function bulkItems(body: Buffer, pathIndex: string | undefined): BulkItem[] {
  const text = body.toString("utf8");
  if (!text.endsWith("\n")) throw illegalArgument("The bulk request must be terminated by a newline [\\n]");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const items: BulkItem[] = [];
  for (let i = 0; i < lines.length; i++) {
    const header = parse(lines[i]);
    const [action, options] = (isObject(header) ? Object.entries(header) : [])[0] ?? [];
    if (action === undefined || !ACTIONS.includes(action) || !isObject(options))
      throw illegalArgument(
        `Malformed action/metadata line [${i + 1}], expected one of [create, delete, index, update]`,
      );
    const { _index = pathIndex, _id, ...rest } = options;
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined)
      throw illegalArgument(`Action/metadata line [${i + 1}] contains an unknown parameter [${unknown}]`);
    if (
      typeof _index !== "string" ||
      /[*,]/.test(_index) ||
      _index === "_all" ||
      (_id !== undefined && typeof _id !== "string")
    )
      throw illegalArgument(`Action/metadata line [${i + 1}] must name exactly one index`);
    const source = action === "delete" ? undefined : parse(lines[++i]);
    items.push({ action, index: _index, id: _id, source });
  }
  if (items.length === 0) throw parsingError("request body is required");
  return items;
}

export function bulk(work: {
  readonly engine: SearchEngine;
  readonly store: string;
  readonly items: readonly BulkItem[];
  /** False: the collection makes the ids, and refuses given ones. */
  readonly customIds: boolean;
}): object {
  let errors = false;
  const items = work.items.map((item) => {
    const { action, index } = item;
    try {
      return { [action]: { _index: index, ...write(work, item) } };
    } catch (error) {
      if (!(error instanceof SearchError)) throw error;
      errors = true;
      const { status, type, message: reason } = error;
      return { [action]: { _index: index, _id: item.id ?? null, status, error: { type, reason } } };
    }
  });
  return { took: 0, errors, items };
}

function write(
  { engine, store, customIds }: Parameters<typeof bulk>[0],
  { action, index, id, source }: BulkItem,
): object {
  if (action === "update") throw illegalArgument("update is not supported for this collection");
  if (action === "delete") {
    if (id === undefined) throw illegalArgument("an id is required for a delete operation");
    const deleted = engine.delete(store, index, id);
    return {
      _id: id,
      _version: deleted.version,
      result: deleted.result,
      status: deleted.result === "deleted" ? 200 : 404,
    };
  }
  if (id !== undefined && !customIds)
    throw illegalArgument("Document ID is not supported in create/index operation request");
  if (id !== undefined && action === "create" && engine.get(store, index, id))
    throw new SearchError(
      409,
      "version_conflict_engine_exception",
      `[${id}]: version conflict, document already exists`,
    );
  const written = engine.put(store, index, source, id);
  return {
    _id: written.id,
    _version: written.version,
    result: written.result,
    status: written.version === 1 ? 201 : 200,
  };
}

function parse(line: string | undefined): unknown {
  try {
    return parseJson(line ?? "");
  } catch {
    throw parsingError("a line of the bulk request is not JSON");
  }
}
