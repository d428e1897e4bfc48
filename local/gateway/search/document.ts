/** Turns a document into what its index searches: terms, exact values and vectors by field. */
import { randomUUID } from "node:crypto";
import { isObject, mappingError, SearchError, type JsonObject } from "./errors.ts";
import type { Field, Mapping } from "./mapping.ts";

export interface TextValue {
  readonly frequencies: ReadonlyMap<string, number>;
  readonly length: number;
}

export interface IndexedDocument {
  readonly id: string;
  readonly source: JsonObject;
  readonly texts: ReadonlyMap<string, TextValue>;
  /** Keywords, numbers and booleans, as text. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>;
  readonly vectors: ReadonlyMap<string, Float64Array>;
}

/** 20 characters, as the service makes them. */
export const newDocumentId = (): string =>
  Buffer.from(randomUUID().replaceAll("-", ""), "hex").subarray(0, 15).toString("base64url");

/** Reads a document's fields; fields that the mapping lacks are added to it if it is dynamic. */
export function indexDocument(mapping: Mapping, id: string, source: JsonObject): IndexedDocument {
  const texts = new Map<string, TextValue>();
  const values = new Map<string, Set<string>>();
  const vectors = new Map<string, Float64Array>();
  for (const [path, list] of leaves(mapping, "", source)) {
    if (!mapping.fields.has(path) && !addDynamic(mapping, path, list[0])) continue;
    for (const [name, field] of fieldsAt(mapping, path)) {
      if (!field.index && field.type !== "knn_vector") continue;
      if (field.type === "knn_vector") vectors.set(name, vectorOf(name, field, list));
      else if (field.type === "text") texts.set(name, textOf(field, list));
      else values.set(name, exactValues(name, field, list));
    }
  }
  return { id, source, texts, values, vectors };
}

/** The field and its sub-fields (`text`, `text.keyword`). */
function* fieldsAt(mapping: Mapping, path: string): Generator<[string, Field]> {
  for (const [name, field] of mapping.fields)
    if (name === path || (name.startsWith(`${path}.`) && !name.slice(path.length + 1).includes(".")))
      yield [name, field];
}

/** Values by path; `null`s and empty lists are as if absent. */
function* leaves(mapping: Mapping, prefix: string, object: JsonObject): Generator<[string, unknown[]]> {
  for (const [name, value] of Object.entries(object)) {
    const path = prefix + name;
    if (isObject(value)) yield* leaves(mapping, `${path}.`, value);
    else {
      const list = (Array.isArray(value) ? value : [value]).filter(
        (item) => item !== null && item !== undefined,
      );
      if (list.some((item) => typeof item === "object"))
        throw mappingError(`lists of objects are not supported: field [${path}]`);
      if (list.length > 0) yield [path, list];
    }
  }
}

/** Like OpenSearch's dynamic mapping: a string is text with an exact `.keyword` beside it. False: the field is left out. */
function addDynamic(mapping: Mapping, path: string, value: unknown): boolean {
  if (mapping.dynamic === "false") return false;
  if (mapping.dynamic === "strict")
    throw new SearchError(
      400,
      "strict_dynamic_mapping_exception",
      `mapping set to strict, dynamic introduction of [${path}] within [_doc] is not allowed`,
    );
  const definition =
    typeof value === "string"
      ? { type: "text", fields: { keyword: { type: "keyword", ignore_above: 256 } } }
      : { type: typeof value === "boolean" ? "boolean" : Number.isInteger(value) ? "long" : "float" };
  const nested = path
    .split(".")
    .reduceRight<JsonObject>(
      (inner, name, i, all) => ({ properties: { [name]: i === all.length - 1 ? definition : inner } }),
      {},
    );
  mapping.merge(nested);
  return true;
}

function vectorOf(path: string, field: Field, list: readonly unknown[]): Float64Array {
  if (list.length !== field.dimension)
    throw mappingError(
      `failed to parse field [${path}] of type [knn_vector]: Vector dimension mismatch. Expected: ${String(field.dimension)}, Given: ${list.length}`,
    );
  if (!list.every((item) => typeof item === "number" && Number.isFinite(item)))
    throw mappingError(`failed to parse field [${path}] of type [knn_vector]: not a list of numbers`);
  return Float64Array.from(list as number[]);
}

function textOf(field: Field, list: readonly unknown[]): TextValue {
  const frequencies = new Map<string, number>();
  let length = 0;
  for (const item of list)
    for (const term of field.analyze?.(String(item)) ?? []) {
      frequencies.set(term, (frequencies.get(term) ?? 0) + 1);
      length++;
    }
  return { frequencies, length };
}

function exactValues(path: string, field: Field, list: readonly unknown[]): Set<string> {
  const values = new Set<string>();
  for (const item of list) {
    const text = String(item);
    if (field.type === "keyword") {
      if (text.length <= (field.ignoreAbove ?? Infinity)) values.add(text);
    } else if (field.type === "boolean") {
      if (text !== "true" && text !== "false")
        throw mappingError(`failed to parse field [${path}] of type [boolean]`);
      values.add(text);
    } else if (field.type === "date") values.add(text);
    else {
      if (text.trim() === "" || !Number.isFinite(Number(text)))
        throw mappingError(`failed to parse field [${path}] of type [${field.type}]`);
      values.add(String(Number(text)));
    }
  }
  return values;
}
