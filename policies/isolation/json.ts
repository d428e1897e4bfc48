import { PolicyError } from "./errors.ts";

/**
 * Parses JSON and refuses a key that is given twice in one object: `JSON.parse` would keep the last one in silence,
 * and AWS accepts no such document.
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PolicyError(
      "document",
      `is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  // Most text is what JSON.stringify wrote, which gives no key twice; and that is told faster than by walking through it.
  if (written(value) !== text) refuseDuplicates(text);
  return value;
}

/** Undefined: it is nested deeper than can be written, though not than can be read. */
function written(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

/** Walks the tokens of text that is known to be JSON. */
function refuseDuplicates(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  let candidate: string | undefined;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":" && candidate !== undefined) {
      const keys = open.at(-1);
      const key = JSON.parse(candidate) as string;
      if (keys?.has(key)) throw new PolicyError("document", `the key "${key}" is given twice in one object`);
      keys?.add(key);
    }
    candidate = token.startsWith('"') ? token : undefined;
  }
}

/** The fields of an object that has none but known ones. @throws PolicyError naming `place` */
export function fields(value: unknown, known: readonly string[], place: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new PolicyError(place, "expected an object");
  for (const name of Object.keys(value))
    if (!known.includes(name)) throw new PolicyError(place, `unknown element "${name}"`);
  return value as Record<string, unknown>;
}
