import { PolicyError } from "../errors.ts";
import type { Facts } from "./facts.ts";
import { compileTokens, type Test, type Token, tokenize } from "./wildcard.ts";

/** `${key}` or `${key, 'default'}`; the key is in lower case, because keys are compared without case. */
export interface Variable {
  readonly key: string;
  readonly fallback: string | undefined;
}

/** A policy string cut into literals, wildcards and variables. */
export type Part = Token | Variable;

export interface Reading {
  /** `2012-10-17` reads `${…}` as a variable; `2008-10-17` reads it as these very characters. */
  readonly variables: boolean;
  /** Whether `*` and `?` stand for other characters. */
  readonly wildcards: boolean;
}

const ESCAPES: ReadonlySet<string> = new Set(["*", "?", "$"]);
const VARIABLE = /^([^\s:,${}'*?]+:[^,${}'*?]+?)(?:, '([^'${}*?]*)')?$/;

/** Cuts a policy string into parts; `${*}`, `${?}` and `${$}` are these characters as literals. */
export function parseParts(text: string, reading: Reading, place: string): Part[] {
  const literal = (part: string): Token[] => (reading.wildcards ? tokenize(part) : part === "" ? [] : [part]);
  if (!reading.variables) return literal(text);
  const parts: Part[] = [];
  let at = 0;
  for (;;) {
    const open = text.indexOf("${", at);
    if (open < 0) break;
    const close = text.indexOf("}", open);
    if (close < 0) throw new PolicyError(place, `"${text}" opens a policy variable that it does not close`);
    parts.push(...literal(text.slice(at, open)));
    parts.push(variable(text.slice(open + 2, close), place));
    at = close + 1;
  }
  parts.push(...literal(text.slice(at)));
  return parts;
}

function variable(body: string, place: string): Part {
  if (ESCAPES.has(body)) return body;
  const match = VARIABLE.exec(body);
  if (!match?.[1])
    throw new PolicyError(
      place,
      `\${${body}} is not a policy variable: expected \${key} or \${key, 'default'}`,
    );
  return { key: match[1].toLowerCase(), fallback: match[2] };
}

export function isVariable(part: Part): part is Variable {
  return typeof part === "object";
}

/** The parts with each variable replaced by its value, as literal text; undefined if one has no value. */
export function resolve(parts: readonly Part[], facts: Facts): Token[] | undefined {
  const values = valuesOf(parts, facts);
  return values && filled(parts, values);
}

/** The values of the variables, in order; undefined if one has none. */
function valuesOf(parts: readonly Part[], facts: Facts): string[] | undefined {
  const values: string[] = [];
  for (const part of parts) {
    if (!isVariable(part)) continue;
    const value = facts.lookup(part.key);
    // A multivalued key can't be a variable: it has no single text.
    const text = typeof value === "string" ? value : part.fallback;
    if (text === undefined) return undefined;
    values.push(text);
  }
  return values;
}

function filled(parts: readonly Part[], values: readonly string[]): Token[] {
  let next = 0;
  return parts
    .map((part) => (isVariable(part) ? (values[next++] ?? "") : part))
    .filter((token) => token !== "");
}

/** A test of text against a policy string. `undefined`: one of its variables has no value. */
export type TemplateTest = (text: string, facts: Facts) => boolean | undefined;

/** Tests kept for the latest variables' values of one template: the same callers ask again and again. */
const KEPT = 64;

/** Makes the test for parts; those without variables are compiled once. */
export function compileParts(parts: readonly Part[]): TemplateTest {
  if (!parts.some(isVariable)) return compileTokens(parts.filter((part): part is Token => !isVariable(part)));
  const kept = new Map<string, Test>();
  return (text, facts) => {
    const values = valuesOf(parts, facts);
    if (values === undefined) return undefined;
    // No value can be mistaken for two: its length goes before it.
    const key = values.map((value) => `${value.length}:${value}`).join("");
    let test = kept.get(key);
    if (test === undefined) {
      if (kept.size >= KEPT) kept.clear();
      test = compileTokens(filled(parts, values));
      kept.set(key, test);
    }
    return test(text);
  };
}
