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
