/** Formulas as SMT-LIB text, folded where they are constant: what is decided here is not asked of a solver. */
export type Formula = string;

export const TRUE: Formula = "true";
export const FALSE: Formula = "false";

export const constant = (value: boolean): Formula => (value ? TRUE : FALSE);

export function not(formula: Formula): Formula {
  if (formula === TRUE) return FALSE;
  if (formula === FALSE) return TRUE;
  return formula.startsWith("(not ") ? formula.slice(5, -1) : `(not ${formula})`;
}

export const and = (...formulas: readonly Formula[]): Formula => join("and", formulas, TRUE, FALSE);
export const or = (...formulas: readonly Formula[]): Formula => join("or", formulas, FALSE, TRUE);

function join(
  operator: "and" | "or",
  formulas: readonly Formula[],
  neutral: Formula,
  absorbing: Formula,
): Formula {
  const parts = new Set<Formula>();
  for (const formula of formulas) {
    if (formula === absorbing || parts.has(not(formula))) return absorbing;
    if (formula !== neutral) parts.add(formula);
  }
  const [first] = parts;
  if (first === undefined) return neutral;
  return parts.size === 1 ? first : `(${operator} ${[...parts].join(" ")})`;
}

/** A string literal: printable ASCII as it stands, all else by code point. */
export function literal(text: string): string {
  let quoted = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === '"') quoted += '""';
    else if (code < 0x20 || code > 0x7e || character === "\\") quoted += `\\u{${code.toString(16)}}`;
    else quoted += character;
  }
  return `"${quoted}"`;
}

/** Reads what a solver prints for a string. */
export function unquoted(text: string): string {
  return text
    .slice(1, -1)
    .replaceAll('""', '"')
    .replaceAll(/\\u(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{4}))/g, (_, braced?: string, four?: string) =>
      String.fromCodePoint(Number.parseInt(braced ?? four ?? "", 16)),
    );
}
