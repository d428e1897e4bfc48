/** Property paths: patterns of the data files, and the concrete paths that they match. */
import { isAbsent, isObject, isUnknown } from "./values.ts";

/** A property that a pattern leads to. `value` is undefined where the object it belongs in lacks it. */
export interface Found {
  readonly path: string;
  readonly value: unknown;
}

const parsed = new Map<string, readonly string[]>();

/** `a[].b{key}` -> `a`, `[]`, `b`, `{key}` */
export function steps(pattern: string): readonly string[] {
  const known = parsed.get(pattern);
  if (known) return known;
  const parts = pattern.match(/\[\]|\{key\}|\{\}|[^.[\]{}]+/g) ?? [];
  parsed.set(pattern, parts);
  return parts;
}

/** Every property that `pattern` leads to from `value`; what is inside an unknown is passed over. */
export function* find(value: unknown, pattern: readonly string[], path = ""): Generator<Found> {
  if (isUnknown(value)) return;
  const [step, ...rest] = pattern;
  if (step === undefined) {
    yield { path, value };
  } else if (step === "[]") {
    if (Array.isArray(value))
      for (const [i, item] of value.entries()) yield* find(item, rest, `${path}[${i}]`);
  } else if (isAbsent(value) || !isObject(value)) {
    return;
  } else if (step === "{}") {
    for (const [key, item] of Object.entries(value)) yield* find(item, rest, member(path, key));
  } else if (step === "{key}") {
    for (const key of Object.keys(value)) yield { path: member(path, key), value: key };
  } else {
    yield* find(value[step], rest, member(path, step));
  }
}

/** Pulumi's spelling of `path` followed by `key`: `tags["a.b"]` where a dot would mislead. */
export function member(path: string, key: string): string {
  if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)) return `${path}["${key.replaceAll(/["\\]/g, "\\$&")}"]`;
  return path === "" ? key : `${path}.${key}`;
}
