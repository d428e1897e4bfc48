/** An index's mapping: which fields there are, and what a document's values become in them. */
import { textIn } from "../json.ts";
import { analyzer } from "./analysis.ts";
import { illegalArgument, isObject, mappingError, type JsonObject } from "./errors.ts";

export type FieldType =
  "knn_vector" | "text" | "keyword" | "boolean" | "long" | "integer" | "float" | "double" | "date";

export interface Field {
  readonly type: FieldType;
  /** `knn_vector` only. */
  readonly dimension?: number;
  readonly spaceType?: SpaceType;
  readonly analyze?: (text: string) => string[];
  readonly ignoreAbove?: number;
  /** False: kept in `_source`, not searchable. */
  readonly index: boolean;
}

export type SpaceType = "l2" | "cosinesimil" | "innerproduct";
const SPACE_TYPES: readonly string[] = ["l2", "cosinesimil", "innerproduct"];

/** Parameters of a field that are known, and without effect on results in this engine. */
const KNN_PARAMETERS = [
  "type",
  "dimension",
  "method",
  "space_type",
  "data_type",
  "mode",
  "compression_level",
  "index",
];
const TEXT_PARAMETERS = ["type", "analyzer", "fields", "index", "store", "norms"];
const PLAIN_PARAMETERS = ["type", "index", "store", "ignore_above", "doc_values", "format", "fields"];

export type Dynamic = "true" | "false" | "strict";

/** What an index's `mappings` says, as searchable fields by path (`metadata.title`, `text.keyword`). */
export class Mapping {
  readonly fields = new Map<string, Field>();
  readonly #properties: Record<string, unknown> = {};
  #dynamic: Dynamic = "true";

  constructor(mappings: unknown = {}) {
    this.merge(mappings);
  }

  get dynamic(): Dynamic {
    return this.#dynamic;
  }

  /** As `GET /INDEX/_mapping` shows it, and as it is kept. */
  toJson(): JsonObject {
    return {
      ...(this.#dynamic === "true" ? {} : { dynamic: this.#dynamic }),
      ...(Object.keys(this.#properties).length > 0 ? { properties: this.#properties } : {}),
    };
  }

  /** Adds fields; an existing one keeps its type. */
  merge(mappings: unknown): void {
    if (!isObject(mappings)) throw mappingError("[mappings] must be an object");
    for (const [key, value] of Object.entries(mappings)) {
      if (key === "properties") this.#addAll("", value, this.#properties);
      else if (key === "dynamic" && ["true", "false", "strict"].includes(textIn(value)))
        this.#dynamic = textIn(value) as Dynamic;
      else
        throw mappingError(
          `Root mapping definition has unsupported parameters: [${key} : ${JSON.stringify(value)}]`,
        );
    }
  }

  #addAll(prefix: string, properties: unknown, into: Record<string, unknown>): void {
    if (!isObject(properties)) throw mappingError("[properties] must be an object");
    for (const [name, definition] of Object.entries(properties)) {
      const path = prefix + name;
      if (!isObject(definition)) throw mappingError(`Expected map for property on field [${path}]`);
      if (definition["properties"] !== undefined) {
        const inner = ((into[name] as JsonObject | undefined)?.["properties"] ?? {}) as Record<
          string,
          unknown
        >;
        into[name] = { properties: inner };
        this.#addAll(`${path}.`, definition["properties"], inner);
        continue;
      }
      const field = parseField(path, definition);
      const before = this.fields.get(path);
      if (before && (before.type !== field.type || before.dimension !== field.dimension))
        throw illegalArgument(
          `mapper [${path}] cannot be changed from type [${before.type}] to [${field.type}]`,
        );
      this.fields.set(path, field);
      const subFields = definition["fields"];
      if (isObject(subFields))
        for (const [sub, inner] of Object.entries(subFields))
          this.fields.set(`${path}.${sub}`, parseField(`${path}.${sub}`, isObject(inner) ? inner : {}));
      into[name] = definition;
    }
  }
}

function parseField(path: string, definition: JsonObject): Field {
  const type = definition["type"];
  const index = definition["index"] !== false && definition["index"] !== "false";
  const known = type === "knn_vector" ? KNN_PARAMETERS : type === "text" ? TEXT_PARAMETERS : PLAIN_PARAMETERS;
  for (const parameter of Object.keys(definition))
    if (!known.includes(parameter))
      throw mappingError(`unknown parameter [${parameter}] on mapper [${path}] of type [${textIn(type)}]`);
  switch (type) {
    case "knn_vector": {
      const dimension = definition["dimension"];
      if (
        typeof dimension !== "number" ||
        !Number.isInteger(dimension) ||
        dimension < 1 ||
        dimension > 16_000
      )
        throw mappingError(`Dimension value must be from 1 to 16000 for vector: ${path}`);
      const method = isObject(definition["method"]) ? definition["method"] : {};
      const space = textOr("l2", method["space_type"] ?? definition["space_type"]);
      if (!SPACE_TYPES.includes(space))
        throw mappingError(`space type [${space}] of field [${path}] is not supported here`);
      return { type, dimension, spaceType: space as SpaceType, index };
    }
    case "text":
      return { type, analyze: analyzer(textOr("standard", definition["analyzer"])), index };
    case "keyword": {
      const ignoreAbove = definition["ignore_above"];
      return { type, index, ...(typeof ignoreAbove === "number" ? { ignoreAbove } : {}) };
    }
    case "boolean":
    case "long":
    case "integer":
    case "float":
    case "double":
    case "date":
      return { type, index };
    default:
      throw mappingError(`No handler for type [${textIn(type)}] declared on field [${path}]`);
  }
}

const textOr = (byDefault: string, value: unknown): string =>
  value === undefined ? byDefault : typeof value === "string" ? value : JSON.stringify(value);
