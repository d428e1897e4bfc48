/** Counterexamples: what a person needs to know of a wrong decision. */
import type { AccountModel, PlacedPolicy } from "../model/account.ts";
import type { Counterexample, Layer, Question } from "../report/verdict.ts";
import type { Context, Decision } from "../types.ts";
import type { Part, Request } from "./request.ts";
import { arnOf, type Subject, tagsOf } from "./subject.ts";

export interface Wrong {
  readonly question: Question;
  readonly subject: Subject;
  readonly request: Pick<Request, "action" | "target">;
  readonly context: Context;
  readonly decision: Decision;
  readonly part?: Part;
  readonly summary: string;
  readonly remedy: string;
  readonly removed?: Layer;
}

export function counterexample(model: AccountModel, wrong: Wrong): Counterexample {
  const { question, subject, request, context, decision, part, summary, remedy, removed } = wrong;
  const statement = decision.by;
  const placed = statement === undefined ? undefined : placeOf(model, subject, part, statement.policy);
  const owner = request.target.owner;
  const file = fileOf(model, owner ?? subject.tenant);
  return {
    question,
    summary,
    principal: {
      arn: arnOf(subject),
      tags: tagsOf(subject),
      chain: subject.chain,
      ...(subject.tenant === undefined ? {} : { tenant: subject.tenant }),
    },
    action: request.action,
    resource: request.target.name,
    context: { ...context, ...(part?.by === "iam" ? part.facts : {}) },
    ...(owner === undefined ? {} : { owner }),
    ...(removed === undefined ? {} : { removed }),
    ...(statement === undefined
      ? {}
      : {
          by: {
            policy: statement.policy,
            statement: statement.statement,
            ...(placed === undefined ? {} : { urn: placed }),
          },
        }),
    ...(file === undefined ? {} : { file }),
    urn: placed ?? request.target.urn,
    remedy,
  };
}

/** The resource in which a policy stands. */
function placeOf(
  model: AccountModel,
  subject: Subject,
  part: Part | undefined,
  policy: string,
): string | undefined {
  const own: readonly PlacedPolicy[] = [
    ...subject.identity,
    ...(subject.boundary ? [subject.boundary] : []),
    ...(part?.by === "iam" ? part.policies : []),
  ];
  const found = own.find(({ name }) => name === policy)?.urn;
  if (found !== undefined && found !== "") return found;
  const access = model.accessPolicies.find(({ name }) => name === policy)?.urn;
  if (access !== undefined) return access;
  const role = policy.replace(/^OpenSearch role /, "");
  return model.domains.map(({ securityUrns }) => securityUrns[role]).find((urn) => urn !== undefined);
}

/** A tenant's file, by the project's layout. */
export function fileOf(model: AccountModel, tenant: string | undefined): string | undefined {
  if (tenant === undefined || !model.tenants.some(({ id }) => id === tenant)) return undefined;
  return `tenants/config/${model.where.environment}/${tenant}.yaml`;
}

/** Words for a subject: `acme's data role`, `the broker`. */
export function whoIs(subject: Subject): string {
  const { kind, tenant, roleOf, tag, principal } = subject;
  if (kind === "other-account") return "somebody of another account";
  if (kind === "stranger")
    return `another role of the account${tag === undefined ? "" : `, tagged as ${tag}`}`;
  if (kind === "outside") return `${arnOf(subject)}, whom policies name`;
  if (principal.kind === "service") return `the service ${principal.service}`;
  if (principal.kind === "anonymous") return "anyone";
  if (roleOf === undefined)
    return tag === undefined ? `the role ${kind}` : `the role ${kind}, tagged as ${tag}`;
  if (tag === undefined) return `an untagged session of ${roleOf}'s ${kind} role`;
  return tag === roleOf ? `${tenant ?? ""}'s ${kind} role` : `${roleOf}'s ${kind} role, tagged as ${tag}`;
}
