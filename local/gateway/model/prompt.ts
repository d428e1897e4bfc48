/** Reads the prompt that the assistant sends (see runtime/contract/api.ts). */

export interface Passage {
  readonly id: number;
  readonly text: string;
}

export interface Prompt {
  readonly passages: readonly Passage[];
  readonly question: string;
}

/** Undefined for a text in another format. */
export function parsePrompt(text: string): Prompt | undefined {
  const match = /<passages>([\s\S]*?)<\/passages>\s*<question>([\s\S]*?)<\/question>/.exec(text);
  if (!match) return undefined;
  return { passages: parsePassages(match[1] ?? ""), question: unescape(match[2] ?? "").trim() };
}

/** The passages of a prompt, or of a tool's answer. */
export function parsePassages(text: string): Passage[] {
  const passages: Passage[] = [];
  // Text inside is escaped, so a document can't open or close an element of its own.
  for (const [, id, body] of text.matchAll(/<passage id="(\d+)"[^<>]*>([^<]*)<\/passage>/g))
    passages.push({ id: Number(id), text: unescape(body ?? "") });
  return passages;
}

const unescape = (text: string): string =>
  text.replace(/&(lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity);
const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&amp;": "&",
};

/** As text stands in a prompt: a model that quotes a passage quotes what it was shown. */
export const escapeText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
