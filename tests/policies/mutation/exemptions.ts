/** Mutants that allow more and need not be caught: by what they allow, each with its reason. */
import type { AccountModel } from "../../../policies/isolation/model/account.ts";
import { outsiders } from "../../../policies/isolation/prove/sessions.ts";
import type { TargetKind } from "../../../policies/isolation/prove/request.ts";
import { arnOf } from "../../../policies/isolation/prove/subject.ts";
import { type Changed, iamPartOf } from "./changes.ts";

interface Exemption {
  readonly id: string;
  readonly reason: string;
  /** Whether it speaks of a decision that has changed. `deployers` are the roles that policies named before it did. */
  readonly of: (changed: Changed, account: string, deployers: ReadonlySet<string>) => boolean;
}

/** What those that deploy are let at, besides policies and configuration. */
const OF_DEPLOYMENT: ReadonlySet<TargetKind> = new Set([
  "control",
  "platform-key",
  "reference-key",
  "platform-secret",
  "reference-objects",
]);

export const EXEMPTIONS: readonly Exemption[] = [
  {
    id: "administrator of the account",
    reason:
      "a resource without a policy that has to allow is the account's administrators' to change, as docs/isolation.md assumes",
    of: ({ subject, request }) =>
      subject.kind === "stranger" &&
      request.target.kind === "control" &&
      iamPartOf(request)?.mode === "optional",
  },
  {
    id: "roles that deploy",
    reason:
      "they change policies, and so could give themselves what a mutant gives them; docs/isolation.md assumes that they are trusted, and tenants' objects, keys and items stay out of what is exempt",
    of: ({ subject, request }, _account, deployers) =>
      subject.kind === "outside" && deployers.has(arnOf(subject)) && OF_DEPLOYMENT.has(request.target.kind),
  },
  {
    id: "service of the account",
    reason:
      "a service takes its role for another resource of the same account: who makes that resource has to pass it the role, and who may is asked by the proof",
    of: ({ subject, request, context }, account) =>
      subject.kind === "service" &&
      request.action === "sts:AssumeRole" &&
      context["aws:sourceaccount"] === account,
  },
];

/** The exemptions that cover all that a mutant allows; undefined where one decision is covered by none. */
export function exemptionOf(more: readonly Changed[], before: AccountModel): string | undefined {
  const deployers = new Set(
    outsiders(before)
      .filter(({ kind }) => kind === "outside")
      .map(arnOf),
  );
  const found = new Set<string>();
  for (const changed of more) {
    const exemption = EXEMPTIONS.find(({ of }) => of(changed, before.where.account, deployers));
    if (exemption === undefined) return undefined;
    found.add(exemption.id);
  }
  return [...found].join(", ");
}
