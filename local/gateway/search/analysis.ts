/** Text analysis as far as it is used: the `standard` and `english` analyzers of OpenSearch, in short. */
import { stemmer } from "stemmer";
import { mappingError } from "./errors.ts";

const ENGLISH_STOP_WORDS = new Set(
  `a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to
  was will with`.split(/\s+/),
);

/** Letters and digits in any script; an apostrophe or full stop inside a word and a comma inside a number don't split. */
function tokens(text: string): string[] {
  const found = text
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{N}_]+(?:['’.](?=[\p{L}\p{N}])[\p{L}\p{M}\p{N}_]+|(?<=\p{N}),(?=\p{N})[\p{N}]+)*/gu);
  return found ?? [];
}

const ANALYZERS: Readonly<Record<string, (text: string) => string[]>> = {
  standard: tokens,
  english: (text) =>
    tokens(text)
      .map((token) => token.replace(/['’]s$/, ""))
      .filter((token) => !ENGLISH_STOP_WORDS.has(token))
      .map((token) => stemmer(token)),
};

export function analyzer(name: string): (text: string) => string[] {
  const found = Object.hasOwn(ANALYZERS, name) ? ANALYZERS[name] : undefined;
  if (!found)
    throw mappingError(
      `analyzer [${name}] is not supported here; supported: ${Object.keys(ANALYZERS).join(", ")}`,
    );
  return found;
}
