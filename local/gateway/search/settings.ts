/** Index settings: known ones are kept, others refused. None changes a result in this engine, whose search is exact. */
import { textIn } from "../json.ts";
import { illegalArgument, isObject, type JsonObject } from "./errors.ts";

const KNOWN = new Set([
  "knn",
  "knn.space_type",
  "knn.algo_param.ef_search",
  "number_of_shards",
  "number_of_replicas",
  "refresh_interval",
]);

/** `{index: {knn: true}}`, `{"index.knn": true}` or `{knn: true}` as `{knn: "true"}`: OpenSearch shows settings as text. */
export function readSettings(settings: unknown): JsonObject {
  if (settings === undefined) return {};
  if (!isObject(settings)) throw illegalArgument("[settings] must be an object");
  const flat: Record<string, string> = {};
  const visit = (prefix: string, object: JsonObject): void => {
    for (const [name, value] of Object.entries(object)) {
      const path = prefix + name;
      if (isObject(value)) visit(`${path}.`, value);
      else {
        const setting = path.replace(/^index\./, "");
        if (!KNOWN.has(setting)) throw illegalArgument(`unknown setting [index.${setting}]`);
        flat[setting] = textIn(value);
      }
    }
  };
  visit("", settings);
  return flat;
}
