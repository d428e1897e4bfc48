/** A piece of a document's text: `text` is what stands from `start` to `end` (UTF-16 code units). */
export interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** About 300 tokens: what Bedrock's default chunking takes, so that both tiers cite alike. Characters. */
export const CHUNK_LENGTH = 1200;
/** What a chunk repeats of the one before, so that a sentence across a border is whole in one of them. Characters. */
export const CHUNK_OVERLAP = 200;

/** Where a chunk may end, best first: before a paragraph or heading, after a line, a sentence, a word. */
const BORDERS = [/\n\s*\n|\n(?=#{1,6} )/g, /\n/g, /[.!?]["')\]]*\s/g, /\s/g];

/** Splits a text; white space around a chunk is left out. A text of white space only has none. */
export function chunksOf(text: string, length = CHUNK_LENGTH, overlap = CHUNK_OVERLAP): readonly Chunk[] {
  const found: Chunk[] = [];
  let start = 0;
  while (start < text.length) {
    const end = start + length >= text.length ? text.length : endOf(text, start, length);
    const chunk = trimmed(text, start, end);
    // The rest may be but the overlap of what is there already.
    if (chunk.text !== "" && chunk.end > (found.at(-1)?.end ?? 0)) found.push(chunk);
    if (end === text.length) break;
    start = nextStart(text, start, end, overlap);
  }
  return found;
}

/** In the second half of the longest chunk, so that each one moves on by more than the overlap. */
function endOf(text: string, start: number, length: number): number {
  const half = start + Math.ceil(length / 2);
  const window = text.slice(half, start + length);
  for (const border of BORDERS) {
    const last = [...window.matchAll(border)].at(-1);
    if (last) return half + last.index + last[0].length;
  }
  return whole(text, start + length);
}

/** The first word that begins in the overlap. */
function nextStart(text: string, start: number, end: number, overlap: number): number {
  const from = Math.max(start + 1, end - overlap);
  const word = /\s\S/.exec(text.slice(from, end));
  return word ? from + word.index + 1 : whole(text, from);
}

/** Not between the two halves of a character. */
function whole(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}

function trimmed(text: string, start: number, end: number): Chunk {
  const raw = text.slice(start, end);
  const from = start + (raw.length - raw.trimStart().length);
  const chunk = raw.trim();
  return { start: from, end: from + chunk.length, text: chunk };
}
