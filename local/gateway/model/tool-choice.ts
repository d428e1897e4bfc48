/** Which tool the stand-in for a chat model uses: by plain rules, the same every time, so that the loop of an agent is gone through. */
import type { Prompt } from "./prompt.ts";
import { contentWords } from "./words.ts";

export interface ToolUse {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

const CLAIM_NUMBER = /\b[A-Z]{2,6}-[A-Z0-9]+-\d+\b/;
/** Claims that are there, not how one handles a claim. */
const CLAIMS = /\bclaims\b/i;
const OWN = /\b(?:my|our|all|list|show|which|open|closed|paid|denied|approved)\b/i;
const COUNT = /\b(?:how many|total|totals|sum|altogether|add up|come to)\b/i;
const STATUS = /\b(?<status>open|closed|paid|denied|approved)\b/i;

/**
 * Records are looked up for a question about them; documents are searched once more where the passages at hand don't answer.
 * @param offered names of the tools that there are
 * @param used those that were used for this question
 * @param unanswered whether the passages at hand don't answer
 */
export function chooseTool(
  { question }: Prompt,
  offered: ReadonlySet<string>,
  used: ReadonlySet<string>,
  unanswered: boolean,
): ToolUse | undefined {
  const open = (name: string): boolean => offered.has(name) && !used.has(name);
  const claim = CLAIM_NUMBER.exec(question)?.[0];
  if (claim !== undefined && open("get_claim")) return { name: "get_claim", input: { id: claim } };
  if (CLAIMS.test(question) && (OWN.test(question) || COUNT.test(question)) && claim === undefined) {
    const status = STATUS.exec(question)?.groups?.["status"]?.toLowerCase();
    const name = COUNT.test(question) ? "claim_totals" : "list_claims";
    if (open(name)) return { name, input: status === undefined ? {} : { filter: { status } } };
  }
  const query = contentWords(question)
    .map(({ text }) => text)
    .join(" ");
  if (unanswered && query !== "" && open("search_knowledge"))
    return { name: "search_knowledge", input: { query } };
  return undefined;
}

/** Tools whose answers are records: they are told as they are, not searched for an answer. */
export const RECORD_TOOLS: ReadonlySet<string> = new Set(["list_claims", "get_claim", "claim_totals"]);
