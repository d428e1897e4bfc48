/**
 * The part of OpenSearch's query language that is used here: match, knn, bool, term, terms, exists, match_all. Anything
 * else is a parsing error that names it: a clause that was silently dropped could be the filter that keeps groups apart.
 */
import { numberIn } from "../json.ts";
import type { IndexedDocument, TextValue } from "./document.ts";
import { isObject, parsingError, type JsonObject } from "./errors.ts";
import type { Field, Mapping, SpaceType } from "./mapping.ts";

/** A document's score, or undefined where it doesn't match. */
export type Matcher = (document: IndexedDocument) => number | undefined;

export interface Searched {
  readonly mapping: Mapping;
  readonly documents: ReadonlyMap<string, IndexedDocument>;
}

const K1 = 1.2;
const B = 0.75;

/** Compiles a query against one index. @throws SearchError that names what is not supported. */
export function compile(query: unknown, index: Searched): Matcher {
  const [name, body] = only(query, "query");
  const clause = Object.hasOwn(CLAUSES, name) ? CLAUSES[name] : undefined;
  if (!clause)
    throw parsingError(`unknown query [${name}]; supported here: ${Object.keys(CLAUSES).join(", ")}`);
  return clause(body, index);
}

const CLAUSES: Readonly<Record<string, (body: unknown, index: Searched) => Matcher>> = {
  match_all: (body) => {
    known("match_all", body, []);
    return () => 1;
  },
  match,
  knn,
  bool,
  term: (body) => {
    const [field, given] = only(body, "term");
    const options = isObject(given) ? known("term", given, ["value", "boost"]) : { value: given };
    return exact(field, [options["value"]], boostOf(options));
  },
  terms: (body) => {
    const { boost, ...fields } = known("terms", body);
    const [field, list] = only(fields, "terms");
    if (!Array.isArray(list)) throw parsingError(`[terms] query requires a list of values for [${field}]`);
    return exact(field, list, boostOf({ boost: boost ?? 1 }));
  },
  exists: (body) => {
    const { field } = known("exists", body, ["field"]);
    if (typeof field !== "string") throw parsingError("[exists] must be provided with a [field]");
    return ({ texts, values, vectors }) =>
      texts.has(field) || values.has(field) || vectors.has(field) ? 1 : undefined;
  },
};

function match(body: unknown, { mapping, documents }: Searched): Matcher {
  const [path, given] = only(body, "match");
  const options = isObject(given) ? known("match", given, ["query", "operator", "boost"]) : { query: given };
  const operator = options["operator"] ?? "or";
  if (operator !== "or" && operator !== "and")
    throw parsingError(`[match] unknown operator ${JSON.stringify(operator)}; supported here: "or", "and"`);
  const boost = boostOf(options);
  const question = options["query"];
  if (!isScalar(question)) throw parsingError(`[match] needs a text for [${path}]`);
  const field = mapping.fields.get(path);
  if (field?.type !== "text") return exact(path, [question], boost);
  if (!field.index) throw parsingError(`Cannot search on field [${path}] since it is not indexed.`);
  const terms = [...new Set(field.analyze?.(String(question)))];
  if (terms.length === 0) return () => undefined;

  const texts = [...documents.values()].flatMap((document) => document.texts.get(path) ?? []);
  const averageLength = texts.reduce((total, text) => total + text.length, 0) / Math.max(texts.length, 1);
  const idf = new Map(
    terms.map((term) => {
      const holders = texts.filter((text) => text.frequencies.has(term)).length;
      return [term, Math.log(1 + (texts.length - holders + 0.5) / (holders + 0.5))];
    }),
  );
  return (document) => {
    const text = document.texts.get(path);
    if (!text) return undefined;
    const matched = terms.filter((term) => text.frequencies.has(term));
    if (matched.length === 0 || (operator === "and" && matched.length < terms.length)) return undefined;
    return (
      boost *
      matched.reduce((total, term) => total + (idf.get(term) ?? 0) * saturation(text, term, averageLength), 0)
    );
  };
}

/** BM25's part for one term. */
function saturation(text: TextValue, term: string, averageLength: number): number {
  const frequency = text.frequencies.get(term) ?? 0;
  return (frequency * (K1 + 1)) / (frequency + K1 * (1 - B + (B * text.length) / averageLength));
}

/** Exact nearest neighbours: the `k` best among the documents that pass the filter. */
function knn(body: unknown, index: Searched): Matcher {
  const [path, given] = only(body, "knn");
  const options = known("knn", given, ["vector", "k", "filter", "boost"]);
  const field = index.mapping.fields.get(path);
  if (field?.type !== "knn_vector") throw parsingError(`Field '${path}' is not knn_vector type.`);
  const { vector, k } = options;
  if (typeof k !== "number" || !Number.isInteger(k) || k < 1 || k > 10_000)
    throw parsingError("[knn] requires [k] from 1 to 10000");
  if (!isVector(vector)) throw parsingError("[knn] requires [vector], a list of numbers");
  if (vector.length !== field.dimension)
    throw parsingError(
      `Query vector has invalid dimension: ${vector.length}. Dimension should be: ${String(field.dimension)}`,
    );
  const passes = options["filter"] === undefined ? undefined : compile(options["filter"], index);
  const boost = boostOf(options);
  const scored: [string, number][] = [];
  for (const document of index.documents.values()) {
    const own = document.vectors.get(path);
    if (own && (!passes || passes(document) !== undefined))
      scored.push([document.id, similarity(field, vector, own)]);
  }
  const best = new Map(scored.sort(([, a], [, b]) => b - a).slice(0, k));
  return ({ id }) => {
    const score = best.get(id);
    return score === undefined ? undefined : score * boost;
  };
}

const isScalar = (value: unknown): value is string | number | boolean =>
  ["string", "number", "boolean"].includes(typeof value);

const isVector = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => typeof item === "number" && Number.isFinite(item));

/** OpenSearch's score for each space type. */
function similarity(field: Field, a: readonly number[], b: Float64Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < b.length; i++) {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  const scores: Record<SpaceType, () => number> = {
    l2: () => 1 / (1 + Math.max(0, aa + bb - 2 * dot)),
    cosinesimil: () => (1 + dot / (Math.sqrt(aa * bb) || 1)) / 2,
    innerproduct: () => (dot >= 0 ? dot + 1 : 1 / (1 - dot)),
  };
  return scores[field.spaceType ?? "l2"]();
}

function bool(body: unknown, index: Searched): Matcher {
  const options = known("bool", body, [
    "must",
    "filter",
    "should",
    "must_not",
    "minimum_should_match",
    "boost",
  ]);
  const clauses = (key: string): Matcher[] => {
    const value = options[key];
    if (value === undefined) return [];
    return (Array.isArray(value) ? value : [value]).map((clause) => compile(clause, index));
  };
  const must = clauses("must");
  const filter = clauses("filter");
  const should = clauses("should");
  const mustNot = clauses("must_not");
  const boost = boostOf(options);
  const given = options["minimum_should_match"];
  if (given !== undefined && !(Number.isInteger(numberIn(given)) && numberIn(given) >= 0))
    throw parsingError(
      `[bool] minimum_should_match [${JSON.stringify(given)}] is not supported here: use a number`,
    );
  const byDefault = should.length > 0 && must.length + filter.length === 0 ? 1 : 0;
  const needed = given === undefined ? byDefault : numberIn(given);

  return (document) => {
    if (mustNot.some((clause) => clause(document) !== undefined)) return undefined;
    if (filter.some((clause) => clause(document) === undefined)) return undefined;
    let score = 0;
    for (const clause of must) {
      const part = clause(document);
      if (part === undefined) return undefined;
      score += part;
    }
    let matched = 0;
    for (const clause of should) {
      const part = clause(document);
      if (part === undefined) continue;
      matched++;
      score += part;
    }
    return matched < needed ? undefined : score * boost;
  };
}

/** `term`, `terms`: the value as it is. On an analyzed field that is one of its terms, as in OpenSearch. */
function exact(path: string, wanted: readonly unknown[], boost: number): Matcher {
  const texts = wanted.map((value) => {
    if (!isScalar(value))
      throw parsingError(`[${path}] needs a text, number or boolean, got ${JSON.stringify(value)}`);
    return String(value);
  });
  return (document) => {
    const text = document.texts.get(path);
    const values = document.values.get(path);
    const found = texts.some(
      (value) => (text?.frequencies.has(value) ?? false) || (values?.has(value) ?? false),
    );
    return found ? boost : undefined;
  };
}

function boostOf(options: JsonObject): number {
  const boost = options["boost"] ?? 1;
  if (typeof boost !== "number" || !(boost >= 0))
    throw parsingError("[boost] must be a number that is not negative");
  return boost;
}

/** The single key of an object, with its value. */
function only(value: unknown, where: string): [string, unknown] {
  const entries = isObject(value) ? Object.entries(value) : [];
  const [first, second] = entries;
  if (!first || second)
    throw parsingError(
      `[${where}] must be an object with exactly one name, got [${entries.map(([name]) => name).join(", ")}]`,
    );
  return first;
}

function known(clause: string, value: unknown, names?: readonly string[]): JsonObject {
  if (!isObject(value)) throw parsingError(`[${clause}] query malformed, no start_object`);
  for (const name of Object.keys(value))
    if (names && !names.includes(name)) throw parsingError(`[${clause}] query does not support [${name}]`);
  return value;
}
