import type { Citation } from "../contract/api.ts";
import type { Passage } from "../shared/store.ts";

/** A passage with the corpus that it is from. */
export interface Source extends Passage {
  readonly corpus: Citation["corpus"];
}

/** A passage longer than this is cut: chunks are about 300 tokens, so only broken ones are. */
const MAX_PASSAGE_CHARACTERS = 6000;

/** Joins the corpora, tenant first: its documents are about this customer, the shared ones about everybody. */
export function sources(tenant: readonly Passage[], shared: readonly Passage[]): readonly Source[] {
  return [...sourcesOf("tenant", tenant), ...sourcesOf("shared", shared)];
}

export function sourcesOf(corpus: Citation["corpus"], passages: readonly Passage[]): readonly Source[] {
  return passages.map(({ id, uri, text }) => ({
    corpus,
    id,
    uri,
    text: text.slice(0, MAX_PASSAGE_CHARACTERS),
  }));
}

/** Everything that a model was shown for one question, numbered from 1: what it may cite. */
export class Shown {
  readonly #sources: Source[] = [];

  constructor(first: readonly Source[] = []) {
    this.#sources.push(...first);
  }

  get all(): readonly Source[] {
    return this.#sources;
  }

  /** Numbers what is new and keeps the numbers of what was shown before. @returns the passages as the model reads them */
  add(found: readonly Source[]): string {
    const numbers = found.map((source) => {
      const known = this.#sources.findIndex(
        ({ corpus, uri, text }) => corpus === source.corpus && uri === source.uri && text === source.text,
      );
      return known >= 0 ? known + 1 : this.#sources.push(source);
    });
    return passagesText(found.map(({ text }, i) => ({ number: numbers[i] ?? 0, text })));
  }
}

/** In the form that `contract/api.ts` states. */
export function passagesText(
  passages: readonly { readonly number: number; readonly text: string }[],
): string {
  const lines = passages.map(({ number, text }) => `<passage id="${number}">${escapeText(text)}</passage>`);
  return ["<passages>", ...lines, "</passages>"].join("\n");
}

export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Undoes {@link escapeText} in a model's answer, which quotes what it was shown. */
export function unescapeText(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
