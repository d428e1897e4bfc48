/** Controls, marks of text direction and other invisible characters, line separators, halves of a pair. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Text from a file as one line for a terminal or a log: what could move the cursor, forge a line or turn the direction of
 * reading is shown as `\u{…}`, and what is longer than `most` characters is cut.
 */
export function printable(text: string, most: number): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return cut.replace(HIDDEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Whether a text shows all that it holds. */
export function hidesNothing(text: string): boolean {
  return text.search(HIDDEN) < 0;
}
