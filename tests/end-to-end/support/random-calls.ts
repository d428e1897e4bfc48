import fc from "fast-check";
import type { ToolUse } from "../../../local/gateway/model/tool-choice.ts";

/** As many calls of tools, as a model might make them that wants another tenant's: `{victim}` and the like stand for its names. */
export function randomCalls(length: number): fc.Arbitrary<ToolUse[]> {
  const word = fc.oneof(
    fc.constantFrom("{victim}", "{canary}", "{bucket}", "{index}", "{role}", "{victim}/handbook.md"),
    fc.constantFrom(
      "tenant_id:{victim}",
      "kb.*",
      "*",
      "../",
      "' OR '1'='1",
      "SET ROLE postgres",
      "app_{victim}",
    ),
    fc.string({ minLength: 1, maxLength: 30 }),
  );
  const phrase = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(" "));
  const key = fc.constantFrom(
    "tenant",
    "tenant_id",
    "index",
    "filter",
    "role",
    "groups",
    "uri",
    "sql",
    "limit",
  );
  const extra = fc.dictionary(key, fc.oneof(phrase, fc.constant(1), fc.record({ tenant_id: phrase })), {
    maxKeys: 2,
    noNullPrototype: true,
  });
  const known: fc.Arbitrary<ToolUse> = fc.oneof(
    { weight: 5, arbitrary: phrase.map((query) => ({ name: "search_knowledge", input: { query } })) },
    phrase.map((text) => ({ name: "list_claims", input: { filter: { text } } })),
    word.map((id) => ({ name: "get_claim", input: { id } })),
    fc
      .constantFrom("CLM-A-001", "CLM-B-001", "CLM-B-002")
      .map((id) => ({ name: "get_claim", input: { id } })),
    fc.constant({ name: "claim_totals", input: {} }),
  );
  const wrong: fc.Arbitrary<ToolUse> = fc.record({
    name: fc.constantFrom(
      "search_knowledge",
      "list_claims",
      "get_claim",
      "claim_totals",
      "shell",
      "assume_role",
    ),
    input: fc.tuple(extra, phrase).map(([more, query]) => ({ query, ...more })),
  });
  return fc.array(fc.oneof({ weight: 3, arbitrary: known }, wrong), {
    minLength: length,
    maxLength: length,
  });
}
