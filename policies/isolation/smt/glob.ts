import { ANY, compileTokens, ONE } from "../evaluate/wildcard.ts";
import { and, constant, FALSE, type Formula, literal } from "./formula.ts";
import { EncodingGap } from "./gap.ts";
import {
  begins,
  equal,
  isVariable,
  literalOf,
  normalised,
  type Piece,
  term,
  type Text,
  walk,
} from "./text.ts";

/** A pattern whose policy variables are filled in. */
export type Pattern = readonly (Piece | typeof ANY | typeof ONE)[];

const isPiece = (token: Pattern[number]): token is Piece => token !== ANY && token !== ONE;

/** Whether a text matches a pattern as the evaluator's wildcards do. */
export function glob(pattern: Pattern, text: Text): Formula {
  const open = pattern.findIndex((token) => !isPiece(token));
  if (open < 0) return equal(pattern.filter(isPiece), text);
  const head = normalised(pattern.slice(0, open).filter(isPiece));
  if (open === pattern.length - 1 && pattern[open] === ANY) return begins(text, head);
  const { formula, left, right } = walk(head, normalised(text), false);
  return formula === FALSE ? FALSE : and(formula, matches([...left, ...pattern.slice(open)], right));
}

function matches(pattern: Pattern, text: Text): Formula {
  const whole = literalOf(text);
  const constants = pattern.filter((token) => typeof token !== "object");
  if (constants.length === pattern.length) {
    if (whole !== undefined) return constant(compileTokens(constants)(whole));
    return `(str.in_re ${term(text)} ${regex(constants)})`;
  }
  if (!pattern.includes(ONE)) return pieceByPiece(pattern, term(text));
  if (pattern.includes(ANY)) throw new EncodingGap('a pattern that holds "?", "*" and a variable');
  return inPlace(pattern, term(text));
}

/** A regular expression for a pattern without variables. @param any what `*` and `?` stand for, one character of it */
export function regex(tokens: readonly (string | typeof ANY | typeof ONE)[], any = "re.allchar"): string {
  const parts = tokens.map((token) =>
    token === ANY
      ? any === "re.allchar"
        ? "re.all"
        : `(re.* ${any})`
      : token === ONE
        ? any
        : `(str.to_re ${literal(token)})`,
  );
  if (parts.length === 0) return '(str.to_re "")';
  return parts.length === 1 ? (parts[0] ?? "") : `(re.++ ${parts.join(" ")})`;
}

/** Each piece stands where those before it end: without stars there is one place for it. */
function inPlace(pattern: Pattern, subject: string): Formula {
  const facts: Formula[] = [];
  const lengths: string[] = [];
  let piece: Piece[] = [];
  const close = (): void => {
    if (piece.length === 0) return;
    const text = term(piece);
    facts.push(`(= (str.substr ${subject} ${sum(lengths)} (str.len ${text})) ${text})`);
    lengths.push(`(str.len ${text})`);
    piece = [];
  };
  for (const token of pattern)
    if (isPiece(token)) piece.push(token);
    else {
      close();
      lengths.push("1");
    }
  close();
  return and(`(= (str.len ${subject}) ${sum(lengths)})`, ...facts);
}

const sum = (lengths: readonly string[]): string =>
  lengths.length === 0 ? "0" : lengths.length === 1 ? (lengths[0] ?? "0") : `(+ ${lengths.join(" ")})`;

/** The first piece where the text begins, the last where it ends, each other at the first place after the one before. */
function pieceByPiece(pattern: Pattern, subject: string): Formula {
  const pieces: Piece[][] = [[]];
  for (const token of pattern)
    if (token === ANY) pieces.push([]);
    else if (isPiece(token)) pieces.at(-1)?.push(token);
  const first = pieces.shift() ?? [];
  const last = pieces.pop() ?? [];
  const facts: Formula[] = [];
  let at = "0";
  if (first.length > 0) {
    facts.push(`(str.prefixof ${term(first)} ${subject})`);
    at = `(str.len ${term(first)})`;
  }
  for (const piece of pieces) {
    if (piece.length === 0) continue;
    const found = `(str.indexof ${subject} ${term(piece)} ${at})`;
    facts.push(`(>= ${found} 0)`);
    at = `(+ ${found} (str.len ${term(piece)}))`;
  }
  if (last.length > 0) facts.push(`(str.suffixof ${term(last)} ${subject})`);
  facts.push(`(<= (+ ${at} (str.len ${term(last)})) (str.len ${subject}))`);
  return and(...facts);
}

export const hasVariable = (pattern: Pattern): boolean =>
  pattern.some((token) => isPiece(token) && isVariable(token));
