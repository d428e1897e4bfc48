/** What changed between two sets of inputs, and whether the change replaces the resource. */
import { isDeepStrictEqual } from "node:util";
import { member, steps } from "./paths.ts";
import { replacesConditionally } from "./replace-if.ts";
import type { ChangeKind } from "./replace-if.ts";
import { isAbsent, isArchive, isAsset, isObject } from "./values.ts";
import type { ResourceType } from "./catalogue.ts";
import type { Archive, Asset, Properties } from "./values.ts";

export interface Change {
  /** Pulumi property path. */
  readonly path: string;
  /** The same path as a pattern: every index is `[]`. */
  readonly pattern: string;
  readonly kind: ChangeKind;
  readonly replaces: boolean;
}

type Raw = Omit<Change, "replaces"> & { readonly old: unknown; readonly new: unknown };

export function changes(type: ResourceType, olds: Properties, news: Properties): Change[] {
  const found: Change[] = [];
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)]);
  for (const key of keys) {
    if (key.startsWith("__")) continue;
    for (const raw of compare(type, key, key, olds[key], news[key])) {
      const { path, pattern, kind } = raw;
      found.push({ path, pattern, kind, replaces: replaces(type, raw, olds, news) });
    }
  }
  return found;
}

function* compare(
  type: ResourceType,
  path: string,
  pattern: string,
  old: unknown,
  now: unknown,
): Generator<Raw> {
  if (isAbsent(old) && isAbsent(now)) return;
  if (isAbsent(old)) {
    yield { path, pattern, kind: "add", old, new: now };
  } else if (isAbsent(now)) {
    yield { path, pattern, kind: "delete", old, new: now };
  } else if (isBlob(old) && isBlob(now)) {
    // A blob is its content: the same files at another place are no change.
    if (old.hash !== now.hash) yield { path, pattern, kind: "update", old, new: now };
  } else if (Array.isArray(old) && Array.isArray(now)) {
    for (let i = 0; i < Math.max(old.length, now.length); i++)
      yield* compare(type, `${path}[${i}]`, `${pattern}[]`, old[i], now[i]);
  } else if (isObject(old) && isObject(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)]))
      yield* compare(type, member(path, key), `${pattern}.${key}`, old[key], now[key]);
  } else if (old !== now && !(type.properties[pattern]?.json === true && sameDocument(old, now))) {
    yield { path, pattern, kind: "update", old, new: now };
  }
}

const isBlob = (value: unknown): value is Asset | Archive => isAsset(value) || isArchive(value);

/** AWS's provider ignores how a document is spaced and in which order its keys are. */
function sameDocument(old: unknown, now: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(String(old)) as unknown, JSON.parse(String(now)) as unknown);
  } catch {
    return false;
  }
}

function replaces(type: ResourceType, raw: Raw, olds: Properties, news: Properties): boolean {
  return (
    type.replaceOn.some((rule) => covers(type, rule, raw)) ||
    replacesConditionally(type.token, raw, olds, news)
  );
}

/**
 * Whether a rule covers a change. A change at or inside a listed path does, except that a block whose members are listed
 * by themselves stands for its being added or removed. A block that comes or goes takes its listed members along.
 */
function covers(type: ResourceType, rule: string, raw: Raw): boolean {
  const path = steps(raw.pattern);
  const listed = steps(rule);
  if (startsWith(path, listed)) {
    const membersListed = type.replaceOn.some((other) => other !== rule && startsWith(steps(other), listed));
    return !membersListed || path.slice(listed.length).every((step) => step === "[]");
  }
  return (
    raw.kind !== "update" && startsWith(listed, path) && has(raw.old ?? raw.new, listed.slice(path.length))
  );
}

function startsWith(path: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((step, i) => path[i] === step);
}

function has(value: unknown, path: readonly string[]): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return !isAbsent(value);
  if (step === "[]") return Array.isArray(value) && value.some((item) => has(item, rest));
  return isObject(value) && has(value[step], rest);
}
