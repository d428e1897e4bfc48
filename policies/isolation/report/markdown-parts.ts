/** Pieces of a comment in GitHub's Markdown. What they are given is Markdown already; a summary is plain text. */
import { html } from "./plain.ts";

export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}

/** What a reader opens when they want it; nothing, where there is nothing inside. */
export function folded(summary: string, body: string): string {
  return body === "" ? "" : `<details><summary>${html(summary)}</summary>\n\n${body}\n\n</details>`;
}

/** Paragraphs, without the empty ones. */
export function parts(...texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join("\n\n");
}
