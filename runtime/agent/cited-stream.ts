import { NO_ANSWER } from "../contract/api.ts";
import { keepMarkers } from "./prompt.ts";
import type { Source } from "./sources.ts";
import { unescapeText } from "./sources.ts";

/**
 * What may be the beginning of something that is not shown as it comes, or not at all: a marker, an escaped character, the word for no
 * answer, white space at the end.
 */
const BEGUN = new RegExp(String.raw`(?:\s+| ?\[\d{0,3}|&[a-z]{0,3}|${beginnings(NO_ANSWER)})$`);

/**
 * A model's words as they come, held to the same as a whole answer: nothing is shown before a passage that was shown is cited, and
 * nothing after the word for no answer.
 */
export class CitedStream {
  readonly #sources: () => readonly Source[];
  #held = "";
  #open = false;
  #ended = false;
  /** Whether something was shown since the beginning, or since {@link restart}. */
  shown = false;

  /** @param sources what the model has been shown by now */
  constructor(sources: () => readonly Source[]) {
    this.#sources = sources;
  }

  /** @returns what may be shown now; often nothing */
  push(text: string): string {
    this.#held += text;
    if (this.#held.includes(NO_ANSWER)) this.#ended = true;
    if (this.#ended) return "";
    const used = new Set<number>();
    const begun = BEGUN.exec(this.#held)?.index ?? this.#held.length;
    const ready = keepMarkers(this.#held.slice(0, begun), this.#sources(), used);
    if (!this.#open && used.size === 0) return "";
    this.#open = true;
    this.#held = this.#held.slice(begun);
    const shown = unescapeText(this.shown ? ready : ready.trimStart());
    this.shown ||= shown !== "";
    return shown;
  }

  /** The model begins anew, after a tool has answered. */
  restart(): void {
    this.#held = "";
    this.#open = this.#ended = this.shown = false;
  }
}

/** `N|NO|NO_|…`, longest first. */
function beginnings(word: string): string {
  return Array.from({ length: word.length - 1 }, (_, i) => word.slice(0, word.length - 1 - i)).join("|");
}
