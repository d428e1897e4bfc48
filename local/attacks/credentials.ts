import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { tryAws, type Attack, type Outcome } from "./attack.ts";
import type { Stage } from "./stage.ts";

interface Assume {
  readonly roleOf: "attacker" | "victim";
  /** Session tags; `none` leaves them out. */
  readonly tags: "none" | "attacker" | "victim";
  readonly key?: string;
  readonly transitive?: boolean;
}

/** Ways to a data role's session that the broker would never take, from a compromised broker or a tenant's session. */
export const CREDENTIAL_ATTACKS: readonly Attack<Stage>[] = [
  fromBroker("a session of a data role without a tag", { roleOf: "victim", tags: "none" }),
  fromBroker("the victim's data role with the attacker's tag", { roleOf: "victim", tags: "attacker" }),
  fromBroker("the attacker's data role tagged as the victim", { roleOf: "attacker", tags: "victim" }),
  fromBroker("a data role tagged in another letter case", {
    roleOf: "victim",
    tags: "attacker",
    key: "Tenant_ID",
  }),
  fromBroker("a tag that would pass on to further roles", {
    roleOf: "victim",
    tags: "victim",
    transitive: true,
  }),
  {
    name: "a tenant's session that takes on another tenant's role",
    layer: "credentials",
    attempt: async (stage) =>
      assume(stage, await stage.asTenant(stage.attacker), { roleOf: "victim", tags: "victim" }),
    control: brokerAssumes,
  },
  {
    name: "a handler's role that takes on a data role itself",
    layer: "credentials",
    attempt: (stage) =>
      assume(stage, stage.asRole(stage.platform.functionRoleArn("chat")), {
        roleOf: "victim",
        tags: "victim",
      }),
    control: brokerAssumes,
  },
];

function fromBroker(name: string, request: Assume): Attack<Stage> {
  return {
    name,
    layer: "credentials",
    attempt: (stage) => assume(stage, stage.asRole(stage.platform.functionRoleArn("broker")), request),
    control: brokerAssumes,
  };
}

/** What the broker does for a genuine token. */
function brokerAssumes(stage: Stage): Promise<Outcome> {
  return assume(stage, stage.asRole(stage.platform.functionRoleArn("broker")), {
    roleOf: "victim",
    tags: "victim",
  });
}

function assume(stage: Stage, config: ReturnType<Stage["asRole"]>, request: Assume): Promise<Outcome> {
  const { roleOf, tags, key = "tenant_id", transitive = false } = request;
  return tryAws(stage.gateway, () =>
    new STSClient(config).send(
      new AssumeRoleCommand({
        RoleArn: stage.names(stage[roleOf].id).dataRoleArn,
        RoleSessionName: "attack",
        SourceIdentity: "attack",
        DurationSeconds: 900,
        ...(tags === "none" ? {} : { Tags: [{ Key: key, Value: stage[tags].id }] }),
        ...(transitive ? { TransitiveTagKeys: [key] } : {}),
      }),
    ),
  );
}
