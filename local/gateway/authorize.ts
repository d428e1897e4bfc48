/** The one place where access is decided: the deployed policies, the request's context, the evaluator, the log. */
import { decide, type DecideOptions, explain, type Explanation } from "../../policies/isolation/index.ts";
import type {
  AccessRequest,
  Context,
  Decision,
  PolicySet,
  Principal,
} from "../../policies/isolation/types.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../account/identity.ts";
import { AwsError, type Access, type Session } from "./contract.ts";
import type { DecisionLog } from "./decisions.ts";
import { UnreadablePolicy } from "./policy-text.ts";
import type { Roles } from "./roles.ts";
import type { Sessions } from "./sessions.ts";

export interface Who {
  readonly principal: Principal;
  readonly session?: Session | undefined;
  readonly id: string;
}

export class Authorizer {
  readonly #roles: Roles;
  readonly #sessions: Pick<Sessions, "issuedAt">;
  readonly #log: Pick<DecisionLog, "add">;

  constructor(parts: { roles: Roles; sessions: Pick<Sessions, "issuedAt">; log: Pick<DecisionLog, "add"> }) {
    this.#roles = parts.roles;
    this.#sessions = parts.sessions;
    this.#log = parts.log;
  }

  decide(who: Who, access: Access): Decision {
    const decision = this.#judge(who, access);
    this.record(who, access, decision);
    return decision;
  }

  record(who: Who, access: Pick<Access, "action" | "resource" | "context">, decision: Decision): void {
    const { id: callId, principal } = who;
    const { action, resource, context } = access;
    const tags = "tags" in principal ? principal.tags : {};
    this.#log.add({
      time: new Date().toISOString(),
      callId,
      principal: nameOf(principal),
      action,
      resource,
      ...decision,
      ...(Object.keys(tags).length > 0 && { tags }),
      ...(context && Object.keys(context).length > 0 && { context }),
    });
  }

  authorize(who: Who, access: Access): Decision {
    const decision = this.decide(who, access);
    if (!decision.allowed) throw new AwsError("AccessDenied", refusal(who.principal, access, decision), 403);
    return decision;
  }

  #judge(who: Who, access: Access): Decision {
    return this.#ask(who, access, decide, (refused) => refused);
  }

  /** The same decision with what each policy said of it; not logged. */
  explain(who: Who, access: Access): Explanation {
    return this.#ask(who, access, explain, (decision) => ({ decision, layers: [] }));
  }

  /** Puts the question to the evaluator. What can't be read may hold a Deny: then there is nothing to ask. */
  #ask<Answer>(
    who: Who,
    access: Access,
    evaluate: (request: AccessRequest, policies: PolicySet, options: DecideOptions) => Answer,
    refuse: (decision: Decision) => Answer,
  ): Answer {
    try {
      const request = {
        principal: who.principal,
        action: access.action,
        resource: access.resource,
        resourceAccount: access.resourceAccount ?? LOCAL_ACCOUNT,
        context: { ...this.#context(who), ...access.context },
      };
      const options = { resourcePolicyMode: access.resourcePolicyMode ?? "optional" };
      return evaluate(request, this.#policies(who, access), options);
    } catch (error) {
      if (!(error instanceof UnreadablePolicy)) throw error;
      return refuse({ allowed: false, reason: "unsupported", detail: error.message });
    }
  }

  #policies(who: Who, access: Access): PolicySet {
    const resource = access.resourcePolicies && { resource: access.resourcePolicies };
    if (who.principal.kind !== "role-session") return { identity: [], ...resource };
    const role = this.#roles.find(who.principal.roleArn);
    if (role === undefined) throw new UnreadablePolicy(`the role ${who.principal.roleArn} is not deployed`);
    const session = who.session?.sessionPolicies ?? [];
    return { ...this.#roles.policies(role), ...(session.length > 0 && { session }), ...resource };
  }

  /** Global condition keys. A key that AWS would not send (aws:SourceVpce, aws:PrincipalOrgID, …) is absent here too. */
  #context({ principal, session }: Who): Context {
    const now = new Date();
    const issuedAt = session && this.#sessions.issuedAt(session);
    const userId = principal.kind === "role-session" ? this.#userId(principal) : undefined;
    return {
      // Loopback never leaves the machine: it counts as a secure transport, as TLS does on AWS.
      "aws:SecureTransport": "true",
      "aws:RequestedRegion": LOCAL_REGION,
      "aws:CurrentTime": now.toISOString(),
      "aws:EpochTime": String(Math.floor(now.getTime() / 1000)),
      "aws:SourceIp": "127.0.0.1",
      "aws:ViaAWSService": "false",
      ...(userId !== undefined && { "aws:userid": userId }),
      ...(session?.sourceIdentity !== undefined && { "aws:SourceIdentity": session.sourceIdentity }),
      ...(issuedAt !== undefined && { "aws:TokenIssueTime": new Date(issuedAt).toISOString() }),
    };
  }

  #userId({ roleArn, sessionArn }: Extract<Principal, { kind: "role-session" }>): string | undefined {
    const role = this.#roles.find(roleArn);
    return role && `${role.id}:${sessionArn.slice(sessionArn.lastIndexOf("/") + 1)}`;
  }
}

/** A principal as logs and messages name it: its ARN, or what kind of principal it is. */
export function nameOf(principal: Principal): string {
  switch (principal.kind) {
    case "role-session":
      return principal.sessionArn;
    case "user":
      return principal.userArn;
    case "root":
      return `arn:aws:iam::${principal.account}:root`;
    case "service":
      return principal.service;
    case "federated":
      return principal.provider;
    case "anonymous":
      return "anonymous";
  }
}

const POLICY_KINDS = {
  identity: "an identity-based policy",
  boundary: "a permissions boundary",
  session: "a session policy",
  resource: "a resource-based policy",
  scp: "a service control policy",
  rcp: "a resource control policy",
} as const;

/** As AWS words it, so that what reads such messages learns nothing wrong. */
function refusal(principal: Principal, access: Access, decision: Decision): string {
  const what = `User: ${nameOf(principal)} is not authorized to perform: ${access.action} on resource: "${access.resource}"`;
  if (decision.reason === "explicit-deny") {
    return `${what} with an explicit deny in ${decision.by ? POLICY_KINDS[decision.by.kind] : "a policy"}`;
  }
  if (decision.reason === "unsupported") return `${what}, because it can't be judged: ${decision.detail}`;
  const kind = access.resourcePolicyMode === "required" ? "resource-based" : "identity-based";
  return `${what} because no ${kind} policy allows the ${access.action} action`;
}
