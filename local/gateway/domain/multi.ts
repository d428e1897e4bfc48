/** `_msearch` and `_mget`: many reads in one request, each decided on and answered on its own. */
import { illegalArgument, isObject, parsingError, SearchError, type JsonObject } from "../search/errors.ts";
import { readLines } from "./body.ts";
import { attempt } from "./bulk.ts";
import type { DomainRequest } from "./request.ts";

type Names = readonly string[] | undefined;

/** @param path - The indices of `/INDEX/_msearch`, for searches that name none. */
export function multiSearch(request: DomainRequest, body: Buffer, path: Names): object {
  const { engine, store, indices, explicitIndex } = request.domain;
  const lines = readLines(body);
  const searches: { names: Names; body: JsonObject }[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const [header, search] = [lines[i], lines[i + 1]];
    if (!isObject(header) || !isObject(search))
      throw parsingError("_msearch needs pairs of a header and a search");
    const { index, ...rest } = header;
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined)
      throw illegalArgument(`key [${unknown}] is not supported in the metadata section`);
    if (index !== undefined && !explicitIndex)
      throw illegalArgument("explicit index in multi search is not allowed");
    searches.push({ names: index === undefined ? path : names(index), body: search });
  }
  request.requireCluster("indices:data/read/msearch");
  const responses = searches.map((search) => {
    const answer = attempt(() => {
      const targets = indices.resolve(search.names);
      const visible = request.require(["indices:data/read/search"], targets);
      return { ...engine.search(store, targets, search.body, visible), status: 200 };
    });
    return answer instanceof SearchError ? answer.toBody() : answer;
  });
  return { took: 0, responses };
}

/** @param path - The index of `/INDEX/_mget`, for documents that name none. */
export function multiGet(request: DomainRequest, body: unknown, path: Names): object {
  const { explicitIndex } = request.domain;
  if (!isObject(body)) throw parsingError("_mget needs a body");
  const { ids, docs, ...others } = body;
  const listed = ids === undefined ? docs : names(ids).map((_id) => ({ _id }));
  if (!Array.isArray(listed) || Object.keys(others).length > 0 || (ids !== undefined && docs !== undefined))
    throw parsingError("_mget needs either [docs] or [ids]");
  const lookups = listed.map((entry: unknown): { name: Names; id: string } => {
    const { _index, _id, ...rest } = isObject(entry) ? entry : {};
    if (_index !== undefined && !explicitIndex)
      throw illegalArgument("explicit index in multi get is not allowed");
    if (typeof _id !== "string" || Object.keys(rest).length > 0)
      throw illegalArgument("each of [docs] needs one [_id], and no more than an [_index] beside it");
    return { name: _index === undefined ? path : names(_index), id: _id };
  });
  request.requireCluster("indices:data/read/mget");
  return {
    docs: lookups.map(({ name, id }) => {
      const answer = attempt(() => getDocument(request, name, id, "indices:data/read/mget[shard]"));
      if (!(answer instanceof SearchError)) return answer;
      return { _index: (name ?? []).join(","), _id: id, ...answer.toBody() };
    }),
  };
}

/** A document as `GET /INDEX/_doc/ID` shows it; one that the caller may not see is as if it were not there. */
export function getDocument(
  request: DomainRequest,
  name: Names,
  id: string,
  action: string,
): JsonObject & { readonly found: boolean } {
  const { engine, store, indices } = request.domain;
  const index = indices.one(name);
  const visible = request.require([action], [index]);
  const found = engine.get(store, index, id, visible);
  return found
    ? { _index: index, _id: id, _version: found.version, found: true, _source: found.source }
    : { _index: index, _id: id, found: false };
}

function names(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every((item) => typeof item === "string"))
    throw parsingError("expected a name or a list of names");
  return list;
}
