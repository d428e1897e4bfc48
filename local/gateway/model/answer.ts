/**
 * A stand-in for a chat model: it answers a question by quoting the sentences of the passages that cover it, and refuses
 * where none does. It knows no facts of its own and adds no words, so that an answer is always traceable to a passage.
 */
import { escapeText, type Passage, type Prompt } from "./prompt.ts";
import { sentencesOf, type Sentence } from "./sentences.ts";
import { contentWords, generality, impliedTerm, wordsOf } from "./words.ts";

/** What the model says if no passage answers (the assistant's prompt asks for exactly this word). */
export const NO_ANSWER = "NO_ANSWER";
/** The part of a question's weight that a sentence must cover to be an answer. */
const COVERS = 0.77;
/** A further sentence is quoted if it scores at least this part of the best one. */
const ALSO_GOOD = 0.88;
const MAX_SENTENCES = 3;

/** What a term's absence says, by how general it is: "explain" and "exactly" little, "car" less than "windscreen". */
const IMPORTANCE = { weak: 0.25, common: 0.6, rare: 1 } as const;
/** A subject that none of the passages mentions speaks against an answer more than a rare one speaks for it. */
const ABSENT = 1.3;
/** Heading or list introduction, and the sentence that a pronoun refers to: nearly as good as the sentence's own words. */
const BY_CONTEXT = 0.9;
const BY_PRONOUN = 0.85;
/** "How much" expects a number. */
const NO_NUMBER = 0.8;

const PRONOUN_FIRST = /^(?:it|its|they|their|this|these|those|he|she|his|her|such|both)\b/i;
const NUMBER =
  /\p{N}|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundred|thousand|none|no)\b/iu;
const HOW_MUCH = /\bhow\s+(?:much|many|long|large|old|far|expensive|big|tall|heavy)\b/i;
/** "how many days", "how soon": the answer may use another unit, and won't repeat the adverb. */
const UNIT_ASKED =
  /\bhow\s+(?:(?:many|much)\s+(?:minutes?|hours?|days?|weeks?|months?|years?|money|time)|soon|quickly|fast|long|often)\b/gi;
const ASKING =
  "what|who|whom|whose|when|where|which|why|how|do|does|did|is|are|was|can|may|must|should|will|would";

interface Candidate {
  readonly passage: number;
  readonly order: number;
  readonly sentence: Sentence;
  readonly own: ReadonlyMap<string, number>;
  readonly above: ReadonlySet<string>;
  readonly before: ReadonlySet<string>;
}

interface Scored {
  readonly candidate: Candidate;
  readonly score: number;
  /** Whether the heading was needed to cover the question. */
  readonly byContext: boolean;
}

/** The answer with a marker `[n]` after each quoted sentence, or `NO_ANSWER`. */
export function answer(prompt: Prompt): string {
  const candidates = prompt.passages.flatMap(candidatesOf);
  const asked = questionsIn(prompt.question);
  const chosen: Scored[] = [];
  for (const question of asked) {
    for (const scored of choose(question, candidates, asked.length > 1 ? 2 : MAX_SENTENCES))
      if (!chosen.some((other) => same(other.candidate, scored.candidate))) chosen.push(scored);
  }
  if (chosen.length === 0) return NO_ANSWER;
  return chosen.map(quote).join(" ");
}

function candidatesOf(passage: Passage): Candidate[] {
  return sentencesOf(passage.text)
    .filter((sentence) => !sentence.text.includes(NO_ANSWER))
    .map((sentence, order) => ({
      passage: passage.id,
      order,
      sentence,
      own: positions(sentence.text),
      above: new Set(contentWords(sentence.context).map((word) => word.term)),
      before: new Set(
        PRONOUN_FIRST.test(sentence.text) ? contentWords(sentence.before).map((word) => word.term) : [],
      ),
    }));
}

/** Where each term first stands. */
function positions(text: string): Map<string, number> {
  const found = new Map<string, number>();
  wordsOf(text).forEach((word, at) => {
    if (!found.has(word.term)) found.set(word.term, at);
  });
  const implied = impliedTerm(text);
  if (implied !== undefined && !found.has(implied)) found.set(implied, found.size);
  return found;
}

/** The questions of a message: its interrogative sentences, and each part of "what is X and how do I Y". */
function questionsIn(message: string): string[] {
  const sentences = message.split(/(?<=[.!?])\s+/).filter((sentence) => contentWords(sentence).length > 0);
  const interrogative = sentences.filter((sentence) => sentence.trimEnd().endsWith("?"));
  const parts = (interrogative.length > 0 ? interrogative : [message]).flatMap((sentence) =>
    sentence.split(new RegExp(`[;,]?\\s+(?:and|or|but)\\s+(?:also\\s+)?(?=(?:${ASKING})\\b)|;\\s+`, "i")),
  );
  const first = parts[0] ?? message;
  // "… and how long does it last": the subject is in the first part.
  return parts.map((part, i) =>
    i > 0 && /\b(?:it|its|they|them|their|this|that|one)\b/i.test(part) ? `${first} ${part}` : part,
  );
}

function choose(question: string, candidates: readonly Candidate[], max: number): Scored[] {
  const words = contentWords(question.replace(UNIT_ASKED, "how much"));
  const terms = [...new Set(words.map((word) => word.term))];
  const weights = weigh(terms, candidates);
  const total = sum(weights.values());
  if (total === 0) return [];
  // A question of general words only ("what can you tell me about it?") is answered only if all of them are there.
  const needed = terms.some((term) => generality(term) !== "weak") ? COVERS : 0.99;
  const wantsNumber = HOW_MUCH.test(question);

  const answers: Scored[] = [];
  for (const candidate of candidates) {
    let covered = 0;
    let own = 0;
    for (const [term, weight] of weights) {
      if (candidate.own.has(term)) own += weight;
      else if (candidate.above.has(term)) covered += weight * BY_CONTEXT;
      else if (candidate.before.has(term)) covered += weight * BY_PRONOUN;
    }
    // A heading alone answers nothing: something asked for must be in the sentence.
    if (own === 0) continue;
    covered += own;
    const coverage =
      (covered / total) * (wantsNumber && !NUMBER.test(candidate.sentence.text) ? NO_NUMBER : 1);
    if (coverage < needed) continue;
    answers.push({
      candidate,
      score: coverage + closeness(terms, candidate),
      byContext: own / total < needed,
    });
  }
  // Equal scores keep the order of the passages, which is the retriever's.
  answers.sort((a, b) => b.score - a.score);
  const best = answers[0]?.score ?? 0;
  const picked: Scored[] = [];
  for (const scored of answers) {
    if (picked.length === max || scored.score < best * ALSO_GOOD) break;
    if (!picked.some((other) => same(other.candidate, scored.candidate))) picked.push(scored);
  }
  return picked;
}

/** Rarity among the sentences shown, damped for words that are general in English. */
function weigh(terms: readonly string[], candidates: readonly Candidate[]): Map<string, number> {
  const weights = new Map<string, number>();
  const total = Math.max(candidates.length, 1);
  for (const term of terms) {
    const holders = candidates.filter(({ own, above }) => own.has(term) || above.has(term)).length;
    // From 0.75 to 1: rare terms count more, but a frequent one ("costs" in a price list) still tells facts apart.
    const rarity = 0.75 + (0.25 * Math.log(1 + total / Math.max(holders, 0.5))) / Math.log(1 + total / 0.5);
    const kind = generality(term);
    weights.set(term, rarity * IMPORTANCE[kind] * (holders === 0 && kind === "rare" ? ABSENT : 1));
  }
  return weights;
}

/** Up to 0.15 for a sentence that is about little else, and in which neighbours of the question are neighbours. */
function closeness(terms: readonly string[], candidate: Candidate): number {
  const matched = terms.filter((term) => candidate.own.has(term));
  const density = matched.length / Math.max(candidate.own.size, 1);
  let near = 0;
  for (let i = 1; i < terms.length; i++) {
    const a = candidate.own.get(terms[i - 1] ?? "");
    const b = candidate.own.get(terms[i] ?? "");
    if (a !== undefined && b !== undefined && Math.abs(a - b) <= 3) near++;
  }
  return 0.05 * density + 0.1 * (near / Math.max(terms.length - 1, 1));
}

/** The same words, as where two passages overlap. */
function same(a: Candidate, b: Candidate): boolean {
  if (a.passage === b.passage && a.order === b.order) return true;
  const shared = [...a.own.keys()].filter((term) => b.own.has(term)).length;
  return shared / Math.max(a.own.size, b.own.size) > 0.85;
}

/** Records as they are, each with its marker. */
export function quoteWhole(passages: readonly Passage[]): string {
  return passages.map(({ id, text }) => marked(text.trim(), id)).join("\n");
}

function quote({ candidate, byContext }: Scored): string {
  const { sentence, passage } = candidate;
  const lead =
    candidate.before.size > 0
      ? `${sentence.before} `
      : byContext && sentence.context
        ? `${sentence.context}: `
        : "";
  return marked(lead + sentence.text, passage);
}

function marked(quoted: string, passage: number): string {
  // A document's own "[3]" would read as a citation.
  const text = escapeText(quoted.replace(/\[(\d+)\]/g, "($1)"));
  const end = /[.!?]$/.exec(text)?.[0];
  return `${end ? text.slice(0, -1) : text} [${String(passage)}]${end ?? "."}`;
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
