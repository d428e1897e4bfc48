import type { ChatResponse, Citation } from "../../runtime/contract/api.ts";
import type { SampleQuestion } from "./samples.ts";

/** A question, what came back, and where that differs from what was expected. */
export interface Asked {
  readonly user: string;
  readonly question: string;
  readonly answer: string;
  readonly answered: boolean;
  readonly citations: readonly Pick<Citation, "corpus" | "uri">[];
  readonly faults: readonly string[];
}

/**
 * Holds an answer against what was expected of it. `foreign` are the other tenants' canary words: one of them in the
 * answer or in a cited passage is a leak.
 */
export function judge(sample: SampleQuestion, response: ChatResponse, foreign: readonly string[]): Asked {
  const { corpora, cites, contains, lacks } = sample.expect;
  const faults: string[] = [];
  const files = response.citations.map(({ uri }) => uri.slice(uri.lastIndexOf("/") + 1));
  if (response.answered !== corpora.length > 0) {
    faults.push(corpora.length > 0 ? "found no answer" : "answered what no document says");
  }
  for (const corpus of corpora) {
    if (!response.citations.some((citation) => citation.corpus === corpus)) {
      faults.push(`cites nothing of the ${corpus} corpus`);
    }
  }
  for (const file of cites) if (!files.includes(file)) faults.push(`does not cite ${file}`);
  for (const text of contains) if (!response.answer.includes(text)) faults.push(`does not say "${text}"`);
  const shown = [response.answer, ...response.citations.flatMap(({ uri, text }) => [uri, text])]
    .join("\n")
    .toLowerCase();
  for (const text of lacks)
    if (shown.includes(text.toLowerCase())) faults.push(`LEAK: shows "${text}", which is not for this user`);
  for (const word of foreign)
    if (shown.includes(word)) faults.push(`LEAK: says "${word}", another tenant's word`);
  return {
    user: sample.user,
    question: sample.question,
    answer: response.answer,
    answered: response.answered,
    citations: response.citations.map(({ corpus, uri }) => ({ corpus, uri })),
    faults,
  };
}
