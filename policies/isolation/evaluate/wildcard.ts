/**
 * Wildcard matching as IAM uses it: `*` stands for any run of characters, `/`, `:` and newlines included, and
 * `?` for exactly one character (a Unicode code point). No regular expressions: a pattern is cut at its stars and
 * each piece is searched once from left to right, so time is bounded by the product of the lengths and hostile
 * patterns can't blow it up.
 */

export const ANY = Symbol("*");
export const ONE = Symbol("?");

/** Literal text or a wildcard. Variables and escapes are resolved before, so their text is always literal. */
export type Token = string | typeof ANY | typeof ONE;
export type Test = (text: string) => boolean;

/** Cuts text into literals and wildcards. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const c = text[i];
    if (c !== undefined && c !== "*" && c !== "?") continue;
    if (i > start) tokens.push(text.slice(start, i));
    if (c !== undefined) tokens.push(c === "*" ? ANY : ONE);
    start = i + 1;
  }
  return tokens;
}

/** A run of literals and single wildcards between two stars. */
type Piece = readonly (string | typeof ONE)[];

/** Makes the test for a token list. */
export function compileTokens(tokens: readonly Token[]): Test {
  const pieces: (string | typeof ONE)[][] = [[]];
  for (const token of tokens) {
    const piece = pieces[pieces.length - 1] ?? [];
    const last = piece[piece.length - 1];
    if (token === ANY) pieces.push([]);
    else if (typeof token === "string" && typeof last === "string") piece[piece.length - 1] = last + token;
    else piece.push(token);
  }
  const [first = [], ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return exact(first);
  const middle = rest.filter((piece) => piece.length > 0);
  const tail = suffix(last);
  return (text) => {
    let at = matchAt(first, text, 0);
    for (let i = 0; at >= 0 && i < middle.length; i++) at = find(middle[i] ?? [], text, at);
    return at >= 0 && tail(text, at);
  };
}

/** Makes the test for a plain pattern, without variables. */
export function compileWildcard(pattern: string): Test {
  return compileTokens(tokenize(pattern));
}

function exact(piece: Piece): Test {
  const [only] = piece;
  if (piece.length === 0) return (text) => text === "";
  if (piece.length === 1 && typeof only === "string") return (text) => text === only;
  return (text) => matchAt(piece, text, 0) === text.length;
}

/** Whether the text from `from` on ends in the piece. */
function suffix(piece: Piece): (text: string, from: number) => boolean {
  const [only] = piece;
  if (piece.length === 0) return () => true;
  if (piece.length === 1 && typeof only === "string")
    return (text, from) => text.length - only.length >= from && text.endsWith(only);
  return (text, from) => {
    const start = startFromEnd(piece, text);
    return start >= from && matchAt(piece, text, start) === text.length;
  };
}

/** The index at which the piece has to start so that it ends where the text ends; -1 if the text is too short. */
function startFromEnd(piece: Piece, text: string): number {
  let at = text.length;
  for (let i = piece.length - 1; i >= 0; i--) {
    const token = piece[i] ?? "";
    if (typeof token === "string") at -= token.length;
    else at -= at >= 2 && isPair(text, at - 2) ? 2 : 1;
    if (at < 0) return -1;
  }
  return at;
}

/** The index after the piece if it stands at `at`, else -1. */
function matchAt(piece: Piece, text: string, at: number): number {
  for (const token of piece) {
    if (typeof token === "string") {
      if (!text.startsWith(token, at)) return -1;
      at += token.length;
    } else {
      if (at >= text.length) return -1;
      at += isPair(text, at) ? 2 : 1;
    }
  }
  return at;
}

/** The index after the leftmost occurrence of the piece from `from` on, else -1. */
function find(piece: Piece, text: string, from: number): number {
  const [only] = piece;
  if (piece.length === 1 && typeof only === "string") {
    const at = text.indexOf(only, from);
    return at < 0 ? -1 : at + only.length;
  }
  for (let at = from; at <= text.length; at += isPair(text, at) ? 2 : 1) {
    const end = matchAt(piece, text, at);
    if (end >= 0) return end;
  }
  return -1;
}

function isPair(text: string, at: number): boolean {
  const high = text.charCodeAt(at);
  if (!(high >= 0xd800 && high <= 0xdbff)) return false;
  const low = text.charCodeAt(at + 1);
  return low >= 0xdc00 && low <= 0xdfff;
}
