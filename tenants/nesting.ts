import { Parser } from "yaml";

/** A part of YAML's concrete syntax, as far as nesting goes; the library's own type is a union of a dozen. */
interface Part {
  readonly key?: Part | null;
  readonly value?: Part | null;
  readonly items?: readonly Part[];
}

/**
 * Whether collections are nested deeper than `most` in a YAML text. Asked before it is composed: composing goes by recursion,
 * and recovers from a lack of stack once at every level, for which 16 KiB of brackets took half a minute.
 */
export function isDeeperThan(text: string, most: number): boolean {
  let level: readonly Part[] = [...new Parser().parse(text)] as readonly Part[];
  // A document, its value and an entry of a collection are a level each; so are an entry's key and value.
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > 2 * most + 2) return true;
    level = level.flatMap(({ key, value, items }) => [key, value, ...(items ?? [])].filter(isPart));
  }
  return false;
}

/** Scalars are leaves: their value is text. */
function isPart(part: unknown): part is Part {
  return typeof part === "object" && part !== null;
}
