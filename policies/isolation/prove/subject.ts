/** Who asks in the proof. */
import type { AccountModel, PlacedPolicy, Role } from "../model/account.ts";
import type { Principal } from "../types.ts";

export interface Subject {
  readonly principal: Principal;
  /**
   * What the role is for, by its name in the naming contract: `data`, `ingest`, `kb`, `erase` of a tenant, `fn.broker`, `members`,
   * …; of others: `outside`, `other-account`, `service`, `anonymous`.
   */
  readonly kind: string;
  /** The tenant whose identity it is: the one that its tag names, else its role's. */
  readonly tenant: string | undefined;
  /** The tenant whose role it is. */
  readonly roleOf: string | undefined;
  /** The value of the tenant's tag, as policies see it. */
  readonly tag: string | undefined;
  readonly identity: readonly PlacedPolicy[];
  readonly boundary: PlacedPolicy | undefined;
  /** How one gets there. */
  readonly chain: readonly string[];
  /** The role that a session is of. */
  readonly role: Role | undefined;
}

export const TENANT_TAG = "tenant_id";

const OF_A_TENANT = /^(data|ingest|erase|kb)\.([a-z][a-z0-9-]*)$/;

/** What a role is for. */
export function kindOf(role: Pick<Role, "name">, environment: string): { kind: string; tenant?: string } {
  const prefix = `bulkhead.${environment}.`;
  if (!role.name.startsWith(prefix)) return { kind: `unnamed:${role.name}` };
  const rest = role.name.slice(prefix.length);
  const [, kind, tenant] = OF_A_TENANT.exec(rest) ?? [];
  return kind === undefined || tenant === undefined ? { kind: rest } : { kind, tenant };
}

/** Tags of a session: those that are passed over those of the role, whatever the case of their keys. */
export function tagsOver(
  own: Readonly<Record<string, string>>,
  passed: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const over = new Set(Object.keys(passed).map((key) => key.toLowerCase()));
  return {
    ...Object.fromEntries(Object.entries(own).filter(([key]) => !over.has(key.toLowerCase()))),
    ...passed,
  };
}

export function tagOf(tags: Readonly<Record<string, string>>): string | undefined {
  return Object.entries(tags).find(([key]) => key.toLowerCase() === TENANT_TAG)?.[1];
}

/** A session of one of the account's roles. */
export function sessionOf(
  model: AccountModel,
  role: Role,
  passed: Readonly<Record<string, string>>,
  chain: readonly string[],
): Subject {
  const tags = tagsOver(role.tags, passed);
  const tag = tagOf(tags);
  const { kind, tenant } = kindOf(role, model.where.environment);
  return {
    principal: {
      kind: "role-session",
      account: model.where.account,
      roleArn: role.arn,
      sessionArn: `arn:${model.where.partition}:sts::${model.where.account}:assumed-role/${role.name}/session`,
      tags,
    },
    kind,
    tenant: tag ?? tenant ?? role.owner,
    roleOf: tenant ?? role.owner,
    tag,
    identity: role.identity,
    boundary: role.boundary,
    chain,
    role,
  };
}

/** Everything allowed: who is not in the stack may have any policy. */
export const EVERYTHING: PlacedPolicy = {
  urn: "",
  name: "policies that are not in this stack",
  document: {
    Version: "2012-10-17",
    Statement: { Sid: "Everything", Effect: "Allow", Action: "*", Resource: "*" },
  },
};

export function outsideRole(
  arn: string,
  kind: string,
  tags: Readonly<Record<string, string>>,
  account: string,
): Subject {
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  const principal: Principal = arn.includes(":user/")
    ? { kind: "user", account, userArn: arn, tags }
    : {
        kind: "role-session",
        account,
        roleArn: arn,
        sessionArn: `${arn.replace(":iam:", ":sts:").replace(/:role\/.*/, "")}:assumed-role/${name}/session`,
        tags,
      };
  const tag = tagOf(tags);
  return {
    principal,
    kind,
    tenant: tag,
    roleOf: undefined,
    tag,
    identity: [EVERYTHING],
    boundary: undefined,
    chain: [arn],
    role: undefined,
  };
}

export function arnOf({ principal }: Subject): string {
  switch (principal.kind) {
    case "role-session":
      return principal.sessionArn;
    case "user":
      return principal.userArn;
    case "root":
      return `the root user of account ${principal.account}`;
    case "service":
      return principal.service;
    case "federated":
      return principal.provider;
    case "anonymous":
      return "anyone";
  }
}

export function tagsOf({ principal }: Subject): Readonly<Record<string, string>> {
  return principal.kind === "role-session" || principal.kind === "user" ? principal.tags : {};
}
