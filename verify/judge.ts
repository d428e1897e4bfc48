/** Says what a case's answer shows: whether it was refused, by what, and whether that is what should have blocked it. */
import type { Verdict } from "./answers.ts";
import type { Case } from "./expand.ts";
import type { Api, Way } from "./grammar.ts";
import { notExercised, type Attempted } from "./outcome.ts";
import type { Answer } from "./request.ts";
import { valuesOf } from "./stage.ts";
import type { LoggedRefusal } from "./target.ts";
import { fillPattern, type Values } from "./template.ts";

/** What came of one request. */
export interface Tried {
  readonly answer: Answer;
  readonly verdict: Verdict;
}

export interface Attempt {
  readonly of: Case;
  readonly api: Api;
  readonly way: Way | undefined;
  readonly name: string;
  readonly own: Values;
  readonly target: Values;
  /** Why there is nobody to carry it out. */
  readonly missing?: string;
  readonly broken?: string;
  readonly tried?: Tried;
  /** What is wrong with its control. */
  readonly control?: string;
}

/** @param decisions by request, where the environment tells them: which statement refused is compared only then */
export function judge(
  attempt: Attempt,
  decisions: ReadonlyMap<string, readonly LoggedRefusal[]> | undefined,
  platform: Values,
): Attempted {
  const { of, name, tried, control } = attempt;
  const { layer, engineOnly, by: expected } = of.blocker;
  const about = { name, group: attempt.api.service, layer };
  if (attempt.missing !== undefined) return notExercised(about, attempt.missing);
  if (!tried)
    return {
      ...about,
      expected: "refused",
      actual: "allowed",
      by: "",
      faults: [`could not be carried out: ${attempt.broken ?? ""}`],
    };
  const logged = decisions?.get(tried.answer.requestId ?? "") ?? [];
  const refusal = logged.findLast(({ allowed }) => !allowed)?.detail;
  const { refused, fault, said } = answered(attempt, tried, logged.length > 0 && refusal === undefined);
  const faults = fault === undefined ? [] : [fault];
  const by = refused && refusal !== undefined ? refusal : said;
  // Only the embedded account tells which statement decided.
  const known = decisions !== undefined || attempt.api.service === "http";
  if (refused && known) {
    const pattern = fillPattern(expected, valuesOf(platform, attempt.own, attempt.target));
    if (!pattern.test(by)) faults.push(`was refused by something else than /${expected}/: ${by}`);
  }
  if (control !== undefined) faults.push(`its control did not work: ${control}`);
  return {
    ...about,
    expected: "refused",
    actual: refused ? (engineOnly && faults.length === 0 ? "not-exercised" : "refused") : "allowed",
    by,
    faults,
  };
}

interface Answered {
  readonly refused: boolean;
  readonly fault?: string;
  /** What refused, or what was answered instead. */
  readonly said: string;
}

/** @param decidedFor whether the log has decisions on it and none of them refuses */
function answered({ of, api, way }: Attempt, { answer, verdict }: Tried, decidedFor: boolean): Answered {
  const said = "by" in verdict ? verdict.by : "";
  const expectedStatus = answer.status === of.blocker.status;
  if (verdict.kind === "unsigned") {
    const meant = of.caller === "anonymous" || way?.sign === "redirected" || expectedStatus;
    return meant
      ? { refused: true, said }
      : { refused: false, said, fault: `its signature was not accepted: ${said}` };
  }
  if (verdict.kind === "refused" || (verdict.kind === "other" && expectedStatus))
    return { refused: true, said };
  const passed = verdict.kind === "done" || (api.service !== "http" && decidedFor);
  const what = said === "" ? "" : ` (${said})`;
  return {
    refused: false,
    said,
    fault: passed ? `was allowed${what}` : `was answered ${said}, which is no refusal`,
  };
}
