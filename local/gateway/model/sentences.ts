/** Splits a passage of plain text or Markdown into sentences, each with what it stands under. */

export interface Sentence {
  /** Without Markdown marks; for a table row `column: cell, …`. */
  readonly text: string;
  /** Headings above it, and for a list item the line that introduces the list. */
  readonly context: string;
  /** The sentence before in the same paragraph, which "it" and "they" refer to; empty at a paragraph's start. */
  readonly before: string;
}

/** Words that end in a full stop without ending a sentence. */
const ABBREVIATION = /(?:^|\s)(?:mr|mrs|ms|dr|st|no|nr|vs|etc|approx|e\.g|i\.e|inc|ltd|co|[a-z])\.$/i;
const HEADING = /^#{1,6}\s+/;
const LIST_ITEM = /^(?:[-*+•]|\d{1,3}[.)])\s+/;
const TABLE_RULE = /^\|?[\s:|-]+\|[\s:|-]*$/;

export function sentencesOf(text: string): Sentence[] {
  const sentences: Sentence[] = [];
  const headings: string[] = [];
  let introduction = "";
  let columns: string[] | undefined;
  /** The paragraph or list item that is being read. */
  let open: { readonly lines: string[]; readonly context: string; readonly item: boolean } | undefined;

  const context = (...more: string[]): string => [...headings, ...more].filter(Boolean).join(" ");
  const close = (): void => {
    if (!open) return;
    const block = plain(open.lines.join(" "));
    let before = "";
    for (const sentence of split(block)) {
      sentences.push({ text: sentence, context: open.context, before });
      before = sentence;
    }
    if (!open.item) introduction = block.endsWith(":") ? block.slice(0, -1) : "";
    open = undefined;
  };

  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    const row = line.length > 2 && line.startsWith("|") && line.endsWith("|");
    if (!row) columns = undefined;
    if (line === "") close();
    else if (HEADING.test(line)) {
      close();
      const level = line.indexOf(" ");
      headings.length = Math.min(headings.length, level - 1);
      while (headings.length < level - 1) headings.push("");
      headings.push(plain(line.replace(HEADING, "")));
      introduction = "";
    } else if (row) {
      close();
      if (TABLE_RULE.test(line)) continue;
      const cells = line
        .slice(1, -1)
        .split("|")
        .map((cell) => plain(cell));
      if (columns) sentences.push({ text: tableRow(columns, cells), context: context(), before: "" });
      else columns = cells;
    } else if (LIST_ITEM.test(line)) {
      close();
      open = { lines: [line.replace(LIST_ITEM, "")], context: context(introduction), item: true };
    } else {
      open ??= { lines: [], context: context(), item: false };
      open.lines.push(line);
    }
  }
  close();
  return sentences;
}

const tableRow = (columns: readonly string[], cells: readonly string[]): string =>
  cells.map((cell, i) => (columns[i] ? `${columns[i]}: ${cell}` : cell)).join(", ");

/** Without emphasis, code marks, link targets and quote marks of Markdown. */
function plain(text: string): string {
  return text
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/(\*\*|__|`)/g, "")
    .replace(/(?<![\p{L}\p{N}])[*_](?=\S)|(?<=\S)[*_](?![\p{L}\p{N}])/gu, "")
    .replace(/^>\s?/, "")
    .replace(/\s+/g, " ")
    .trim();
}

function split(text: string): string[] {
  const sentences: string[] = [];
  let current = "";
  for (const piece of text.split(/(?<=[.!?]["')\]]?)\s+(?=["'([]?[\p{Lu}\p{N}$€£])/u)) {
    current = current ? `${current} ${piece}` : piece;
    if (ABBREVIATION.test(current)) continue;
    sentences.push(current);
    current = "";
  }
  if (current) sentences.push(current);
  return sentences.filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}
