/** Words as the local models see them: tokens, stems, and how much a word says about a text's subject. */
import { stemmer } from "stemmer";

/** Function words: they carry no subject and are never matched. */
const STOP_WORDS = new Set(
  `a an the and or but nor if then else than so as at by for from in into of off on onto out over per to up upon with
  within without about above across after again against all also although always am among any are around be because
  been before being below between both can cannot could did do does doing done down during each either ever every few
  further had has have having he her here hers herself him himself his how however i is it its itself just let may me
  might more most much must my myself neither never no not now only other our ours ourselves own rather same shall she
  should since some still such that their theirs them themselves there these they this those though through thus too
  under until us very was we were what when where whether which while who whom whose why will would yes yet you your
  yours yourself yourselves s t d ll m re ve don doesn didn isn aren wasn weren won wouldn shouldn couldn please`.split(
    /\s+/,
  ),
);

/** Words that frame a question or a sentence more than they say what it is about; their absence says little. */
const WEAK_WORDS = `able according actual actually allow amount answer anybody anyone anything apply ask available back become begin
  best call case certain come concern contain current currently describe detail different entail exact exactly exist
  expect explain fact fill find first follow further general generally get give go good happen help high hold important
  include information instance keep kind know last late later least less like likely list little live long look make
  many matter maximum mean mention minimum my name need new next normal normally number obtain offer often old once one
  order part particular people per person place point possible provide put question quite read really regard regarding
  relate require right run say see seek set several show situation small something sort specific specify standard state
  suppose take tell term thing think time total try turn two type typical typically understand use usual usually value
  want wait way well whenever work wish`;

/** Everyday nouns and verbs: they name a subject, but their absence says less than that of a rare word. */
const COMMON_WORDS = `account accept area big book bring business call car care carry change check child city client
  company complete condition consider continue country course customer damage date day document door email employee event
  family food form free friend full group guest hand home hour house idea include insurance issue item job learn leave
  letter line list lose main man meet meeting member minute money month move office open owner page paper park   phone plan play policy power present problem process product program project public rate reach receive
  record result road room rule save school serve service side simple spend staff start stay stop
  story street student study system talk team tenant test text today together top town travel visit voice walk
  watch water week woman word worker world year`;

/**
 * Everyday words that say the same. General English, not a vocabulary of one trade: a question rarely repeats a
 * document's own verb.
 */
const SYNONYMS = [
  "cost price charge fee expensive cheap pay paid payment payable pricing priced sell sold buy purchase",
  "big large huge size",
  "begin began begun start commence commencement",
  "end ended finish finished expire expiry expiration terminate termination",
  "steal stole stolen theft",
  "car vehicle automobile auto",
  "notify notification notice inform report",
  "reimburse reimbursement refund repay",
  "doctor physician",
  "phone telephone call hotline",
  "email mail",
  "fast quick quickly speed rapid",
  "reduce reduction decrease lower discount",
  "raise increase",
  "forbid forbidden prohibit prohibited ban banned",
  "allow allowed permit permitted permission",
  "choose chose chosen select",
  "replace replacement substitute",
  "repair fix mend",
  "send sent submit submission file filing",
  "boss leader lead chief manager manage",
  "make made produce producer manufacture manufacturer built build",
  "found founded founder establish established",
  "weigh weight heavy",
  "tall height",
  "deep depth",
  "wide width",
  "far distance",
  "age aged",
  "located location situated where",
  "colour color",
  "cancel cancellation",
  "kept store stored retain",
  "teach taught teacher",
  "write wrote written author",
  "lose lost loss",
  "child children kid",
  "week weekly",
  "month monthly",
  "year yearly annual annually",
  "day daily",
] as const;

const group = new Map<string, string>();
for (const words of SYNONYMS) {
  const stems = words.split(" ").map((word) => stemmer(word));
  for (const stem of stems) if (!group.has(stem)) group.set(stem, stems[0] ?? stem);
}
// A word of a synonym group stands for the whole group, which is no weak term.
const weak = new Set(
  WEAK_WORDS.split(/\s+/)
    .map((word) => stemmer(word))
    .filter((stem) => !group.has(stem)),
);
const common = new Set(COMMON_WORDS.split(/\s+/).map((word) => termOf(word)));
/** What a currency sign stands for in "the permit: $30". */
const PRICE = termOf("price");

/** A token's normal form: stem, then the synonym group that it belongs to. Identifiers and numbers stay as they are. */
function termOf(word: string): string {
  if (/\d/.test(word)) return word;
  const stem = stemmer(word);
  return group.get(stem) ?? stem;
}

export interface Word {
  /** Lower case, as written. */
  readonly text: string;
  /** Stem or synonym group: what is compared. */
  readonly term: string;
}

/**
 * Words of a text in order, function words included. `CLM-A-001` and `4.5` are one word (they hold a digit), `1,000` is
 * `1000`, a hyphenated word without digits is two, a possessive `'s` is dropped.
 */
export function wordsOf(text: string): Word[] {
  const plain = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/(\d),(?=\d{3}(?!\d))/g, "$1")
    .replace(/['’]s\b/g, "");
  const words: Word[] = [];
  for (const [token] of plain.matchAll(/[\p{L}\p{N}]+(?:[-_./][\p{L}\p{N}]+)*/gu)) {
    const parts = /\p{N}/u.test(token) ? [token] : token.split(/[-_./]/);
    for (const part of parts) words.push({ text: part, term: termOf(part) });
  }
  return words;
}

export const isStopWord = (word: Word): boolean => STOP_WORDS.has(word.text);

/** How general a term is in English: `weak` words frame a question, `common` ones name everyday things. */
export function generality(term: string): "weak" | "common" | "rare" {
  if (weak.has(term)) return "weak";
  return common.has(term) ? "common" : "rare";
}

/** The term that an amount of money implies, if the text holds one. */
export const impliedTerm = (text: string): string | undefined =>
  /[$€£¥]\s?\d/.test(text) ? PRICE : undefined;

/** Words without the function words. */
export const contentWords = (text: string): Word[] => wordsOf(text).filter((word) => !isStopWord(word));

/** An estimate of a text's model tokens: one for every started six letters of a word. */
export function tokenCount(text: string): number {
  let count = 0;
  for (const [token] of text.matchAll(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu))
    count += Math.ceil(token.length / 6);
  return count;
}
