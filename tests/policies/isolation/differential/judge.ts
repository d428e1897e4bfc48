/** Both verdicts on a case, and what explains it if they differ. */
import { decide } from "../../../../policies/isolation/index.ts";
import type { Decision } from "../../../../policies/isolation/types.ts";
import type { Case } from "./cases.ts";
import { type Disagreement, DISAGREEMENTS, REFUSALS } from "./disagreements.ts";
import { simulate, toSimulation, type Verdict } from "./iam-simulate.ts";

export interface Judgement {
  readonly ours: Decision;
  readonly theirs: Verdict;
  /** Ids of what explains that they differ; undefined if nothing does, empty if they agree. */
  readonly classes: readonly string[] | undefined;
}

export const ourDecision = ({ request, policies, mode }: Case): Decision =>
  decide(request, policies, { resourcePolicyMode: mode });

const theirVerdict = (test: Case): Promise<Verdict> => simulate(toSimulation(test));

export async function judge(test: Case): Promise<Judgement> {
  const ours = ourDecision(test);
  const theirs = await theirVerdict(test);
  if (ours.reason === theirs) return { ours, theirs, classes: [] };
  if (ours.reason === "unsupported") {
    const refused = REFUSALS.filter(({ detail }) => detail.test(ours.detail)).map(({ id }) => id);
    return { ours, theirs, classes: refused.length > 0 ? refused : undefined };
  }
  return { ours, theirs, classes: await explain(test, ours.reason) };
}

/** One class if one is enough, else as many of them as it takes, in the order of the list. */
async function explain(test: Case, verdict: Decision["reason"]): Promise<string[] | undefined> {
  const keeps = (without: Case): boolean => ourDecision(without).reason === verdict;
  const explains = async (without: Case) => keeps(without) && (await theirVerdict(without)) === verdict;
  const speaksOf = ({ without }: Disagreement) => JSON.stringify(without(test)) !== JSON.stringify(test);
  const candidates = DISAGREEMENTS.filter(speaksOf);
  for (const { id, without } of candidates) if (await explains(without(test))) return [id];
  const kept: Disagreement[] = [];
  let rest = test;
  for (const each of candidates) {
    const without = each.without(rest);
    if (!keeps(without)) continue;
    kept.push(each);
    rest = without;
  }
  if (!(await explains(rest))) return undefined;
  // Those that the explanation holds without are no part of it.
  let needed = kept;
  for (const each of kept) {
    const fewer = needed.filter((other) => other !== each);
    if (await explains(fewer.reduce((left, { without }) => without(left), test))) needed = fewer;
  }
  return needed.map(({ id }) => id);
}
