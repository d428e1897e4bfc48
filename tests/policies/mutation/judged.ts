/** Whether a mutant is caught; and if not, whether any decision changed for the worse. */
import { PolicyError } from "../../../policies/isolation/index.ts";
import type { AccountModel, Role } from "../../../policies/isolation/model/account.ts";
import { controlRequests } from "../../../policies/isolation/prove/control.ts";
import { Decider } from "../../../policies/isolation/prove/decider.ts";
import { judge } from "../../../policies/isolation/prove/judge.ts";
import { outsiders, reachOf } from "../../../policies/isolation/prove/sessions.ts";
import type { Subject } from "../../../policies/isolation/prove/subject.ts";
import { requestsOf } from "../../../policies/isolation/prove/space/index.ts";
import type { Mutant } from "./mutants.ts";

export type Fate =
  | { readonly fate: "caught"; readonly by: string }
  /** No decision of the request space allows more than before. */
  | { readonly fate: "equivalent" }
  | { readonly fate: "survived"; readonly change: string };

export function fateOf(base: AccountModel, mutant: Mutant): Fate {
  const model = mutant.model();
  let judgement: ReturnType<typeof judge>;
  try {
    judgement = judge(model);
  } catch (error) {
    // A document that is no policy is read no further: the account's readers tell of it before the proof.
    if (!(error instanceof PolicyError)) throw error;
    return { fate: "caught", by: `no policy: ${error.message}` };
  }
  const { counterexamples, gaps } = judgement;
  const [found] = counterexamples;
  if (found !== undefined) return { fate: "caught", by: `${found.question}: ${found.summary}` };
  const [gap] = gaps;
  if (gap !== undefined) return { fate: "caught", by: `not proven: ${gap.what}` };
  const change = widened(base, model);
  return change === undefined ? { fate: "equivalent" } : { fate: "survived", change };
}

/** A request that the changed model allows and the one before refuses, with any context that either could tell apart. */
function widened(base: AccountModel, model: AccountModel): string | undefined {
  const [before, after] = [new Decider(base), new Decider(model)];
  const requests = [...requestsOf(model), ...controlRequests(model)];
  const known = new Map(base.roles.map((role) => [role.arn, role]));
  for (const subject of [...reachOf(model, after).subjects, ...outsiders(model)]) {
    const earlier = asBefore(subject, known);
    for (const request of requests) {
      const [last] = request.parts.slice(-1);
      if (last === undefined) continue;
      const all = request.parts.map((part) => [...after.allowed(subject, part)]);
      if (all.some((outcomes) => outcomes.length === 0)) continue;
      const first = all[0] ?? [];
      for (const { context } of first) {
        const was = request.parts.every(
          (part, i) => before.ask(earlier, part, i === 0 ? context : (all[i]?.[0]?.context ?? {})).allowed,
        );
        if (!was)
          return `${subject.chain.join(" -> ")}: ${request.action} on ${request.target.name} with ${JSON.stringify(context)}`;
      }
    }
  }
  return undefined;
}

function asBefore(subject: Subject, roles: ReadonlyMap<string, Role>): Subject {
  const role = roles.get(subject.role?.arn ?? "");
  return role === undefined ? subject : { ...subject, identity: role.identity, boundary: role.boundary };
}
