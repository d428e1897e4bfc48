/** A stand-in for an embedding model: feature hashing of words, word pairs and letter groups. Same text, same vector, always. */
import { contentWords, wordsOf } from "./words.ts";

/** What `amazon.titan-embed-text-v2:0` offers. */
export const EMBEDDING_DIMENSIONS = [256, 512, 1024] as const;

const WORD = 1;
const PAIR = 0.5;
/** Shared by all letter groups of a word, so that a long word weighs no more than a short one. */
const LETTERS = 0.4;

/** An L2-normalised vector; texts that share words (or parts of words) are close. An empty text is a fixed unit vector. */
export function embed(text: string, dimensions: number, normalize = true): number[] {
  const vector = new Float64Array(dimensions);
  const counts = new Map<string, number>();
  const add = (feature: string, weight: number): void => {
    counts.set(feature, (counts.get(feature) ?? 0) + weight);
  };
  const content = contentWords(text);
  // A text of function words only ("who are you") still needs a direction of its own.
  const words = content.length > 0 ? content : wordsOf(text);
  words.forEach((word, i) => {
    add(`w ${word.term}`, WORD);
    const next = words[i + 1];
    if (next) add(`p ${word.term} ${next.term}`, PAIR);
    const padded = `^${word.text}$`;
    const groups = padded.length - 2;
    for (let at = 0; at < groups; at++) add(`l ${padded.slice(at, at + 3)}`, LETTERS / groups);
  });
  if (counts.size === 0) add("empty", WORD);
  for (const [feature, weight] of counts) {
    const hash = fnv1a(feature);
    // The top bit is the sign, so that collisions cancel out rather than pile up.
    const slot = (hash & 0x7fffffff) % dimensions;
    vector[slot] = (vector[slot] ?? 0) + (hash >>> 31 ? -1 : 1) * Math.sqrt(weight);
  }
  const length = normalize ? Math.hypot(...vector) : 1;
  // Signs may cancel to nothing; the first axis then stands for the text.
  if (length === 0) vector[0] = 1;
  return Array.from(vector, (value) => Number((value / (length || 1)).toFixed(8)));
}

/** FNV-1a, 32 bit, with a final mix: plain FNV leaves the low bits of similar short strings alike. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
