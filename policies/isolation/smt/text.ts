import { constant, FALSE, type Formula, literal, and, TRUE } from "./formula.ts";

/**
 * A string that the solver chooses. An `id` has the grammar of tenants' ids, so that it holds none of the characters that
 * end one (`/`, `:`, `.`, …); anything else may be any text.
 */
export interface Variable {
  readonly name: string;
  readonly kind: "id" | "text";
}

export type Piece = string | Variable;
/** Literals and variables, one after the other. */
export type Text = readonly Piece[];

export const isVariable = (piece: Piece | undefined): piece is Variable => typeof piece === "object";

/** Neighbouring literals become one, empty ones go. */
export function normalised(pieces: Text): Piece[] {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (piece === "") continue;
    if (typeof piece === "string" && typeof last === "string") result[result.length - 1] = last + piece;
    else result.push(piece);
  }
  return result;
}

/** The text if nothing in it varies. */
export function literalOf(text: Text): string | undefined {
  return text.every((piece) => typeof piece === "string") ? text.join("") : undefined;
}

/** The text as a term. */
export function term(text: Text): string {
  const parts = normalised(text).map((piece) => (typeof piece === "string" ? literal(piece) : piece.name));
  if (parts.length === 0) return '""';
  return parts.length === 1 ? (parts[0] ?? "") : `(str.++ ${parts.join(" ")})`;
}

/** Whether two texts are the same. */
export function equal(a: Text, b: Text): Formula {
  const { formula, left, right } = walk(normalised(a), normalised(b), true);
  if (formula === FALSE) return FALSE;
  return and(formula, same(left, right));
}

/** Whether one text begins with another. */
export function begins(text: Text, head: Text): Formula {
  const { formula, left, right } = walk(normalised(head), normalised(text), false);
  if (formula === FALSE || left.length === 0) return formula;
  const [wanted, found] = [literalOf(left), literalOf(right)];
  if (wanted !== undefined && found !== undefined) return and(formula, constant(found.startsWith(wanted)));
  return and(formula, `(str.prefixof ${term(left)} ${term(right)})`);
}

/** What is left of a pattern's head and of a text when their common components are compared. */
export interface Rest {
  /** That the components compared are equal. */
  readonly formula: Formula;
  readonly left: Piece[];
  readonly right: Piece[];
}

/**
 * Compares component by component, so that the solver never gets an equation of two unknowns and a delimiter: an id holds no
 * delimiter, hence both sides have their delimiters at the same places.
 * @param whole whether a last component, after which `left` ends, is compared too
 */
export function walk(left: Piece[], right: Piece[], whole: boolean): Rest {
  let formula = TRUE;
  let [a, b] = [left, right];
  for (;;) {
    const first = component(a);
    const second = component(b);
    // Something of any shape: what follows is compared as it is.
    if (first === undefined || second === undefined) return { formula, left: a, right: b };
    if (first.delimiter === undefined && !(whole && second.delimiter === undefined)) {
      // `whole`: the left side ends here and the right side goes on.
      return { formula: whole ? FALSE : formula, left: a, right: b };
    }
    formula = first.delimiter === second.delimiter ? and(formula, same(first.pieces, second.pieces)) : FALSE;
    if (formula === FALSE || first.delimiter === undefined) return { formula, left: [], right: [] };
    [a, b] = [first.rest, second.rest];
  }
}

interface Component {
  readonly pieces: Piece[];
  /** The character that ends it; absent at the end of the text. */
  readonly delimiter: string | undefined;
  readonly rest: Piece[];
}

/** The first component: ids and what may stand in one, up to the first other character. Undefined if other variables are in it. */
function component(text: readonly Piece[]): Component | undefined {
  const pieces: Piece[] = [];
  for (const [i, piece] of text.entries()) {
    if (typeof piece !== "string") {
      if (piece.kind !== "id") return undefined;
      pieces.push(piece);
      continue;
    }
    const at = piece.search(/[^a-z0-9-]/);
    if (at < 0) {
      pieces.push(piece);
      continue;
    }
    pieces.push(piece.slice(0, at));
    return {
      pieces: normalised(pieces),
      delimiter: piece[at],
      rest: normalised([piece.slice(at + 1), ...text.slice(i + 1)]),
    };
  }
  return { pieces: normalised(pieces), delimiter: undefined, rest: [] };
}

/** Equality of what has no delimiters in common: equal ends are taken off, the rest is the solver's. */
function same(one: Text, other: Text): Formula {
  const [a, b] = withoutEnds(normalised(one), normalised(other));
  const [x, y] = [literalOf(a), literalOf(b)];
  if (x !== undefined && y !== undefined) return constant(x === y);
  for (const [text, variables] of [
    [x, b],
    [y, a],
  ] as const)
    if (text !== undefined && !mayBe(text, variables)) return FALSE;
  // One spelling for both directions, so that equal formulas are equal text.
  return `(= ${[term(a), term(b)].sort().join(" ")})`;
}

function withoutEnds(a: Piece[], b: Piece[]): [Piece[], Piece[]] {
  let [x, y] = [a, b];
  for (;;) {
    const [i, j] = [x[0], y[0]];
    if (isVariable(i) && isVariable(j) && i.name === j.name) [x, y] = [x.slice(1), y.slice(1)];
    else if (typeof i === "string" && typeof j === "string") {
      let n = 0;
      while (n < i.length && n < j.length && i[n] === j[n]) n++;
      if (n === 0) break;
      [x, y] = [normalised([i.slice(n), ...x.slice(1)]), normalised([j.slice(n), ...y.slice(1)])];
    } else break;
  }
  for (;;) {
    const [i, j] = [x.at(-1), y.at(-1)];
    if (isVariable(i) && isVariable(j) && i.name === j.name) [x, y] = [x.slice(0, -1), y.slice(0, -1)];
    else if (typeof i === "string" && typeof j === "string") {
      let n = 0;
      while (n < i.length && n < j.length && i.at(-1 - n) === j.at(-1 - n)) n++;
      if (n === 0) break;
      const cut = (text: string): string => text.slice(0, text.length - n);
      [x, y] = [normalised([...x.slice(0, -1), cut(i)]), normalised([...y.slice(0, -1), cut(j)])];
    } else break;
  }
  return [x, y];
}

/** False only where no id makes the text: cheap, and it settles nearly all comparisons with names of the platform. */
function mayBe(text: string, pattern: Text): boolean {
  if (pattern.some((piece) => isVariable(piece) && piece.kind !== "id")) return true;
  const [only] = pattern;
  if (pattern.length === 1 && isVariable(only)) return ID.test(text) && text.length >= 3 && text.length <= 20;
  const [first, last] = [pattern[0], pattern.at(-1)];
  if (typeof first === "string" && !text.startsWith(first)) return false;
  return !(typeof last === "string" && !text.endsWith(last));
}

const ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
