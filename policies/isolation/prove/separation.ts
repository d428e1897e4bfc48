/** Nobody reaches what is not meant for him. */
import type { AccountModel } from "../model/account.ts";
import type { Counterexample } from "../report/verdict.ts";
import { controlRequests } from "./control.ts";
import type { Decider, Outcome } from "./decider.ts";
import { counterexample, whoIs } from "./finding.ts";
import { type Grant, GRANTS, speaks, within } from "./grants/index.ts";
import { type IamPart, type Request, type TargetKind, TARGETS } from "./request.ts";
import type { Reach, Step } from "./sessions.ts";
import { outsiders } from "./sessions.ts";
import { arnOf, type Subject } from "./subject.ts";
import { mayControl } from "./exceptions.ts";

export function separation(
  model: AccountModel,
  decider: Decider,
  reach: Reach,
  requests: readonly Request[],
): readonly Counterexample[] {
  return [
    ...reach.strange.map((step) => becoming(model, step)),
    ...reach.subjects.flatMap((subject) =>
      requests.flatMap((request) => beyond(model, decider, subject, request)),
    ),
    ...fromOutside(model, decider, requests),
    ...controlling(model, decider, reach),
  ];
}

function becoming(model: AccountModel, { from, role, tags, transitive, outcome }: Step): Counterexample {
  const [value] = Object.values(tags);
  const how =
    Object.keys(tags).length === 0
      ? "without a tag"
      : `with the ${transitive ? "tag, passed on," : "tags"} ${JSON.stringify(tags)}`;
  return counterexample(model, {
    question: "separation",
    subject: from,
    request: {
      action: "sts:AssumeRole",
      target: { kind: "role", owner: role.owner, tier: undefined, urn: role.urn, name: role.arn },
    },
    context: outcome.context,
    decision: outcome.decision,
    part: {
      by: "iam",
      action: "sts:AssumeRole",
      resource: role.arn,
      facts: {},
      policies: [role.trust],
      mode: "required",
    },
    summary: `${capital(whoIs(from))} can become ${role.owner === undefined ? `the role ${role.name}` : `${role.owner}'s role ${role.name}`} ${how}`,
    remedy: `Let the trust policy of ${role.name} name only who is meant to take it${value === undefined ? ", and ask for the tag" : ", with exactly the tag that is its tenant's"}.`,
  });
}

/** All contexts in which a request is allowed that no grant covers: the first one is told. */
function beyond(
  model: AccountModel,
  decider: Decider,
  subject: Subject,
  request: Request,
): readonly Counterexample[] {
  // Most of what is asked is refused: only then are there grants to look for.
  let found: readonly Grant[] | undefined;
  const strange = firstAllowed(decider, subject, request, (outcome) => {
    found ??= GRANTS.filter((grant) => speaks(grant, subject, request));
    return found.some((grant) => within(grant, request, model.where, subject, outcome.context));
  });
  if (strange === undefined) return [];
  const grants = found ?? [];
  const { target, action } = request;
  const whose = target.owner === undefined ? "" : `${target.owner}'s `;
  return [
    counterexample(model, {
      question: "separation",
      subject,
      request,
      context: strange.outcome.context,
      decision: strange.outcome.decision,
      part: strange.part,
      summary: `${capital(whoIs(subject))} may ${action} on ${whose}${TARGETS[target.kind]} ${target.name}${grants.length > 0 ? ", in another way than is meant" : ""}`,
      remedy:
        strange.outcome.decision.by === undefined
          ? `Refuse it by the policy of ${target.name}.`
          : `Narrow statement ${strange.outcome.decision.by.statement} of ${strange.outcome.decision.by.policy}, so that it does not allow this.`,
    }),
  ];
}

interface Found {
  readonly outcome: Outcome;
  readonly part: Request["parts"][number];
}

/** Whether all parts of a request allow, and one that is not as a grant says: that one. */
function firstAllowed(
  decider: Decider,
  subject: Subject,
  request: Request,
  fine: (outcome: Outcome) => boolean,
): Found | undefined {
  const [first, ...more] = request.parts;
  if (first === undefined) return undefined;
  let rest: Found | undefined;
  // What only stands behind the first decision has no context of its own.
  for (const part of more) {
    const [outcome] = decider.allowed(subject, part);
    if (outcome === undefined) return undefined;
    rest = { outcome, part };
  }
  for (const outcome of decider.allowed(subject, first))
    if (!fine(outcome))
      return rest === undefined
        ? { outcome, part: first }
        : { outcome: { ...rest.outcome, context: outcome.context }, part: rest.part };
  return undefined;
}

/** Callers from without, as far as the resource's own policy decides: what their own account's or administrator's policies say is not known. */
function fromOutside(
  model: AccountModel,
  decider: Decider,
  requests: readonly Request[],
): readonly Counterexample[] {
  const callers = outsiders(model);
  return requests.flatMap((request) => {
    const [first] = request.parts;
    if (first?.by !== "iam") return [];
    return callers.flatMap((subject) => {
      const own = subject.kind === "stranger" || subject.kind === "outside";
      if (own && WITHOUT_POLICIES.has(request.target.kind)) return [];
      if (subject.kind === "outside" && OF_DEPLOYMENT.some((known) => known(request, first))) return [];
      if (subject.kind === "stranger" && request.target.kind === "merged-objects") return [];
      return beyond(model, decider, subject, request);
    });
  });
}

/** What has no policy of its own is the account's administrators' to reach: the matrix says so. */
const WITHOUT_POLICIES: ReadonlySet<TargetKind> = new Set([
  "cluster",
  "knowledge-base",
  "profile",
  "reference-base",
]);

/** What the roles that deploy do, whom the policies of what they deploy let do it. */
const OF_DEPLOYMENT: readonly ((request: Request, part: IamPart) => boolean)[] = [
  // The provider asks for a bucket by HeadBucket, which is s3:ListBucket; it reads no object of a tenant's.
  ({ target, action }) => target.kind === "listing" && action.startsWith("s3:ListBucket"),
  // The registry's items are resources of the program.
  ({ target }) => ["registry-item", "user-item", "platform-item", "other-item"].includes(target.kind),
  // An id that was used once is never forgotten.
  ({ target, action }) =>
    target.kind === "ledger-item" &&
    /:(BatchGetItem|ConditionCheckItem|GetItem|PutItem|Query|Scan|UpdateItem)$/.test(action),
  ({ target }) =>
    ["platform-key", "reference-key", "platform-secret", "reference-objects"].includes(target.kind),
];

function controlling(model: AccountModel, decider: Decider, reach: Reach): readonly Counterexample[] {
  const requests = controlRequests(model);
  const subjects = [...reach.subjects, ...outsiders(model).filter(({ kind }) => kind !== "outside")];
  return subjects.flatMap((subject) =>
    requests.flatMap((request) => {
      if (mayControl(subject, request) || isAdministrators(subject, request)) return [];
      const found = firstAllowed(decider, subject, request, () => false);
      if (found === undefined) return [];
      const { target, action } = request;
      return [
        counterexample(model, {
          question: "separation",
          subject,
          request,
          context: found.outcome.context,
          decision: found.outcome.decision,
          part: found.part,
          summary: `${capital(whoIs(subject))} may ${action} on ${target.name}, and so undo isolation`,
          remedy:
            subject.role === undefined
              ? `Let the policy of ${target.name} not allow it.`
              : `Deny ${action} to ${arnOf(subject)} by its permissions boundary.`,
        }),
      ];
    }),
  );
}

/** Another role of the account may be given any policy: only what has to be allowed by the resource's own is not its to change. */
const isAdministrators = ({ kind }: Subject, { parts: [part] }: Request): boolean =>
  kind === "stranger" && !(part?.by === "iam" && part.mode === "required");

export const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
