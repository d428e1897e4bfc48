import type { AccountModel } from "../model/account.ts";
import { counterexample, whoIs } from "../prove/finding.ts";
import { TARGETS } from "../prove/request.ts";
import type { Counterexample } from "../report/verdict.ts";
import type { Confirmed } from "./confirm.ts";
import type { Claim } from "./question.ts";

/** @param classes names of the caller's class and of the owner's */
export function allIdsCounterexample(
  model: AccountModel,
  { subject, request, question }: Claim,
  { decision, context, tags, named, part }: Confirmed,
  [callers, owners]: readonly [string, string],
): Counterexample {
  const { target, action } = request;
  const who = named(whoIs(subject));
  const what = `${action} on ${named(target.name)} (${TARGETS[target.kind]})`;
  const found = counterexample(model, {
    question: "all-ids",
    subject: {
      ...subject,
      principal:
        subject.principal.kind === "role-session" ? { ...subject.principal, tags } : subject.principal,
    },
    request,
    context,
    decision,
    part,
    summary:
      question === "separation"
        ? `For tenants with such ids, ${who} may ${what}: classes ${callers} and ${owners}`
        : `For a tenant with such an id, ${who} can't ${what}: class ${owners}`,
    remedy:
      question === "separation"
        ? "Let the statement name what ends the id: a match that goes on after it takes longer ids for this one."
        : "Let the statement allow this for every id of the grammar.",
  });
  // The tenants are made: no file speaks of them.
  const { file, ...rest } = JSON.parse(named(JSON.stringify(found))) as Counterexample;
  return file === undefined || target.owner !== undefined ? rest : { ...rest, file };
}
