/** Texts of others (names, ids, ARNs, statements) on their way into a report. */

/** Controls, marks of text direction and other invisible characters, line separators, halves of a pair. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** No text of a report is longer: a policy's whole text belongs in the policy. */
const MOST = 2000;

/** As one line that shows all it holds: what moves a cursor, forges a line or turns the reading direction is written `\u{…}`. */
export function plain(text: string): string {
  const cut = text.length > MOST ? `${text.slice(0, MOST)}…` : text;
  return cut.replace(HIDDEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For HTML: between tags and in quoted attributes. */
export function html(text: string): string {
  return plain(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/**
 * For prose within a line of Markdown: no markup, no HTML, and no mention, reference or link that GitHub would make of it.
 * A word joiner, which is not seen, follows what would begin one of these.
 */
export function prose(text: string): string {
  return (
    plain(text)
      .replace(/[&<>]/g, (character) => ENTITIES[character] ?? "")
      // Entities, because parsers of tables differ about backslashes.
      .replace(/[\\|]/g, (character) => `&#${character.charCodeAt(0)};`)
      .replace(/[`*_[\]!~$]/g, "\\$&")
      .replace(/@|:(?=\/\/)|(?<!&)#|www(?=\.)|GH(?=-\d)/gi, "$&\u2060")
  );
}

/** For Markdown outside tables: a text exactly as it is, in a code span that it can't leave. */
export function code(text: string): string {
  const shown = plain(text);
  if (shown.trim() === "") return "(empty)";
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = /^`|`$/.test(shown) ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** The same in a table, where a bar would begin the next cell even in a code span. */
export function codeCell(text: string): string {
  return text.trim() === "" ? "(empty)" : `<code>${prose(text)}</code>`;
}
