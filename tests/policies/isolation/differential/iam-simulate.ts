/** The same case for `@cloud-copilot/iam-simulate`, which shares nothing with our evaluator. */
import { runSimulation, type Simulation } from "@cloud-copilot/iam-simulate";
import { nameOf } from "../../../../local/gateway/authorize.ts";
import type { NamedPolicy, PolicySet, Principal } from "../../../../policies/isolation/types.ts";
import type { Case } from "./cases.ts";

export type Verdict = "allowed" | "explicit-deny" | "implicit-deny";

const VERDICTS = {
  Allowed: "allowed",
  ExplicitlyDenied: "explicit-deny",
  ImplicitlyDenied: "implicit-deny",
} as const satisfies Record<string, Verdict>;

/** @throws Error if it takes the case for malformed: then the grammar is wrong. */
export async function simulate(simulation: Simulation): Promise<Verdict> {
  const result = await runSimulation(simulation, { simulationMode: "Strict" });
  if (result.resultType === "error") throw new Error(`not simulated: ${JSON.stringify(result.errors)}`);
  return VERDICTS[result.overallResult];
}

export function toSimulation({ request, policies }: Case): Simulation {
  const { principal, action, resource, resourceAccount } = request;
  const { identity, boundary, session, resource: attached } = policies;
  const [resourcePolicy] = attached ?? [];
  return {
    request: {
      principal: principalOf(principal),
      action,
      resource: { resource, accountId: resourceAccount },
      contextVariables: { ...contextOf(principal), ...writable(request.context) },
    },
    identityPolicies: identity.map(named),
    serviceControlPolicies: levels(policies.scp),
    // It adds RCPFullAWSAccess itself, and takes nothing but Deny.
    resourceControlPolicies: levels(policies.rcp).map(({ orgIdentifier, policies: listed }) => ({
      orgIdentifier,
      policies: listed.filter(({ name }) => name !== "RCPFullAWSAccess"),
    })),
    ...(boundary && { permissionBoundaryPolicies: [named(boundary)] }),
    ...(session?.[0] && { sessionPolicy: session[0].document }),
    ...(resourcePolicy && { resourcePolicy: resourcePolicy.document }),
  };
}

const named = ({ name, document }: NamedPolicy) => ({ name, policy: document });

function levels(listed: PolicySet["scp"]): Simulation["serviceControlPolicies"] {
  return ((listed ?? []) as readonly (readonly NamedPolicy[])[]).map((level, i) => ({
    orgIdentifier: `level ${i}`,
    policies: level.map(named),
  }));
}

const writable = (context: Case["request"]["context"]): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(context).map(([key, value]) => [key, typeof value === "string" ? value : [...value]]),
  );

const principalOf = (principal: Principal): Simulation["request"]["principal"] =>
  principal.kind === "anonymous" ? { type: "Anonymous" } : nameOf(principal);

/** Keys that follow from the caller, which it expects with the request. Source: IAM User Guide, "AWS global condition context keys". */
function contextOf(principal: Principal): Record<string, string> {
  const tags = (of: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(of).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]));
  switch (principal.kind) {
    case "role-session":
      return {
        "aws:PrincipalArn": principal.roleArn,
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalType": "AssumedRole",
        "aws:PrincipalIsAWSService": "false",
        ...tags(principal.tags),
      };
    case "user":
      return {
        "aws:PrincipalArn": principal.userArn,
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalType": "User",
        "aws:PrincipalIsAWSService": "false",
        "aws:username": principal.userArn.slice(principal.userArn.lastIndexOf("/") + 1),
        ...tags(principal.tags),
      };
    case "root":
      return {
        "aws:PrincipalArn": `arn:aws:iam::${principal.account}:root`,
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalType": "Account",
        "aws:PrincipalIsAWSService": "false",
      };
    case "service":
      return { "aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": principal.service };
    case "federated":
      return {};
    case "anonymous":
      return { "aws:PrincipalType": "Anonymous" };
  }
}
