import assert from "node:assert/strict";
import { answer } from "../../../../local/gateway/model/answer.ts";
import { generate } from "./generated-facts.ts";

const NO_ANSWER = "NO_ANSWER";
const SEEDS = Array.from({ length: 25 }, (_, i) => 7919 * (i + 1));

describe("the local model's answers", () => {
  const cases = SEEDS.flatMap(generate);

  it("cites the right passage of made-up documents for at least 98% of paraphrased questions", () => {
    const answerable = cases.filter((each) => each.answeredBy !== undefined);
    const wrong = answerable.filter(({ passages, question, answeredBy, value }) => {
      const text = answer({ passages, question });
      return !text.includes(`[${String(answeredBy)}]`) || !text.includes(value);
    });
    const shown = wrong
      .slice(0, 5)
      .map(
        (each) => `${each.question} => ${answer(each)} (wanted [${String(each.answeredBy)}] ${each.value})`,
      );
    assert.ok(
      wrong.length <= answerable.length * 0.02,
      `${wrong.length} of ${answerable.length} wrong:\n${shown.join("\n")}`,
    );
  });

  it("refuses at least 95% of questions whose answer is in none of them", () => {
    const unanswerable = cases.filter((each) => each.answeredBy === undefined);
    const wrong = unanswerable.filter((each) => answer(each) !== NO_ANSWER);
    const shown = wrong.slice(0, 5).map((each) => `${each.question} => ${answer(each)}`);
    assert.ok(
      wrong.length <= unanswerable.length * 0.05,
      `${wrong.length} of ${unanswerable.length} answered:\n${shown.join("\n")}`,
    );
  });
});
