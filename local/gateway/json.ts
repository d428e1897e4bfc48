/** JSON from a request. */

/** Deeper values are refused, as the parsers of AWS's services do (Jackson: 1,000): whoever walks one would run out of stack. */
const MAX_DEPTH = 1_000;

/** @throws SyntaxError also for what is nested too deeply */
export function parseJson(text: string): unknown {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inText) {
      if (c === "\\") i += 1;
      else if (c === '"') inText = false;
    } else if (c === '"') inText = true;
    else if (c === "[" || c === "{") {
      if (++depth > MAX_DEPTH) throw new SyntaxError(`nested deeper than ${MAX_DEPTH} levels`);
    } else if (c === "]" || c === "}") depth -= 1;
  }
  return JSON.parse(text);
}

/** A number that a body gives as one or as a text; NaN for anything else. `Number` itself would call what a body says is its `toString`. */
export const numberIn = (value: unknown): number =>
  typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;

/** A value of a body as text; what is none, as JSON. `String` itself would call what a body says is its `toString`. */
export function textIn(value: unknown): string {
  if (value === undefined) return "undefined";
  return typeof value === "string" ? value : JSON.stringify(value);
}
