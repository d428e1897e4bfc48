/** Every tenant reaches all that is its own. */
import type { AccountModel } from "../model/account.ts";
import type { Counterexample } from "../report/verdict.ts";
import type { Decider } from "./decider.ts";
import { counterexample, whoIs } from "./finding.ts";
import { canonical, type Grant, GRANTS, speaks } from "./grants/index.ts";
import { type Request, TARGETS } from "./request.ts";
import { capital } from "./separation.ts";
import type { Reach } from "./sessions.ts";
import type { Subject } from "./subject.ts";

export function liveness(
  model: AccountModel,
  decider: Decider,
  reach: Reach,
  requests: readonly Request[],
): readonly Counterexample[] {
  const meant = GRANTS.filter(({ exception, optional }) => exception === undefined && optional !== true);
  return [
    ...ways(model, reach),
    ...meant.flatMap((grant) =>
      reach.subjects
        .filter(({ kind, tag }) => grant.who.includes(kind) && tag !== undefined)
        .flatMap((subject) =>
          requests
            .filter((request) => speaks(grant, subject, request))
            .flatMap((request) => refused(model, decider, grant, subject, request)),
        ),
    ),
    ...models(model, decider, reach),
  ];
}

/** Each tenant has a session of its data role, and what ingests has one of its own. */
function ways(model: AccountModel, { subjects }: Reach): readonly Counterexample[] {
  return model.tenants.flatMap(({ id, tier, urn }) =>
    (tier === "silo" ? ["data", "kb"] : ["data", "ingest"]).flatMap((kind): Counterexample[] => {
      const there = subjects.some(
        (subject) =>
          subject.kind === kind &&
          subject.roleOf === id &&
          subject.tag === id &&
          (kind === "kb" || subject.chain.length > 1),
      );
      if (there) return [];
      const role = model.roles.find(
        ({ name }) => name === `bulkhead.${model.where.environment}.${kind}.${id}`,
      );
      return [
        {
          question: "liveness",
          summary: `Nobody can take ${id}'s ${kind} role with its tag`,
          principal: { arn: role?.arn ?? id, tags: {}, chain: [], tenant: id },
          action: "sts:AssumeRole",
          resource: role?.arn ?? `bulkhead.${model.where.environment}.${kind}.${id}`,
          context: {},
          owner: id,
          file: `tenants/config/${model.where.environment}/${id}.yaml`,
          urn: role?.urn ?? urn,
          remedy: `Let the trust policy of ${id}'s ${kind} role let in ${kind === "data" ? "the broker" : kind === "kb" ? "Bedrock" : "the ingest function"}, with the tag tenant_id=${id}.`,
        },
      ];
    }),
  );
}

function refused(
  model: AccountModel,
  decider: Decider,
  grant: Grant,
  subject: Subject,
  request: Request,
): readonly Counterexample[] {
  const context = canonical(grant, request, model.where, subject);
  for (const part of request.parts) {
    const decision = decider.ask(subject, part, part.by === "iam" ? context : {});
    if (decision.allowed) continue;
    const { target, action } = request;
    return [
      counterexample(model, {
        question: "liveness",
        subject,
        request,
        context,
        decision,
        part,
        summary: `${capital(whoIs(subject))} can't ${action} on ${target.owner === undefined ? "" : "its own "}${TARGETS[target.kind]} ${target.name}: ${decision.detail}`,
        remedy: `Allow it: ${decision.detail}.`,
      }),
    ];
  }
  return [];
}

/** Through a profile, Bedrock asks for the profile and for the model behind it. */
function models(model: AccountModel, decider: Decider, { subjects }: Reach): readonly Counterexample[] {
  return model.profiles.flatMap((profile) =>
    subjects
      .filter(({ kind, tag, roleOf }) => kind === "data" && tag === profile.owner && roleOf === profile.owner)
      .flatMap((subject): readonly Counterexample[] => {
        const part = {
          by: "iam",
          action: "bedrock:InvokeModel",
          resource: profile.model,
          facts: { "bedrock:InferenceProfileArn": profile.arn },
          policies: [],
          mode: "optional",
        } as const;
        const decision = decider.ask(subject, part);
        if (decision.allowed) return [];
        return [
          counterexample(model, {
            question: "liveness",
            subject,
            request: {
              action: part.action,
              target: {
                kind: "profile",
                owner: profile.owner,
                tier: undefined,
                urn: profile.urn,
                name: profile.model,
              },
            },
            context: part.facts,
            decision,
            part,
            summary: `${capital(whoIs(subject))} can't ask the chat model through its own profile: ${decision.detail}`,
            remedy: "Allow bedrock:InvokeModel on the model behind the tenant's inference profile.",
          }),
        ];
      }),
  );
}
