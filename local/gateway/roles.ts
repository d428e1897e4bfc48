/** IAM as it was deployed: roles, their policies and boundaries. */
import type { Account, ResourceRecord } from "../account/account.ts";
import { DEPLOYER_ROLE, LOCAL_ACCOUNT, LOCAL_PARTITION } from "../account/identity.ts";
import { deployedPolicy } from "./principals.ts";
import { UnreadablePolicy, readPolicy } from "./policy-text.ts";
import type { NamedPolicy, PolicyDocument } from "../../policies/isolation/types.ts";

export interface Role {
  readonly name: string;
  readonly arn: string;
  /** IAM's own id: a role that is deleted and made again under the same name is another role. */
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly trust: NamedPolicy;
  readonly maxSessionSeconds: number;
}

export interface RolePolicies {
  readonly identity: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy;
}

export const DEPLOYER_ARN = `arn:${LOCAL_PARTITION}:iam::${LOCAL_ACCOUNT}:role/${DEPLOYER_ROLE}`;

const ROLE = "aws:iam/role:Role";

/** Administers the account, as a deployment role does. Nobody but this machine's operator takes it on: its trust is empty. */
const DEPLOYER: Role = {
  name: DEPLOYER_ROLE,
  arn: DEPLOYER_ARN,
  id: DEPLOYER_ROLE,
  tags: {},
  trust: { name: `trust policy of ${DEPLOYER_ROLE}`, document: { Version: "2012-10-17", Statement: [] } },
  maxSessionSeconds: 3600,
};

const DEPLOYER_POLICIES: RolePolicies = {
  identity: [
    {
      name: `policy of ${DEPLOYER_ROLE}`,
      document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
    },
  ],
};

/** AWS's managed policies that the account carries, by name below `arn:aws:iam::aws:policy/`. Source: AWS managed policy reference. */
const AWS_MANAGED: Readonly<Record<string, PolicyDocument>> = {
  "service-role/AWSLambdaBasicExecutionRole": {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: "*",
      },
    ],
  },
};

export class Roles {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  find(arn: string): Role | undefined {
    if (arn === DEPLOYER_ARN) return DEPLOYER;
    const name = arn.slice(arn.lastIndexOf("/") + 1);
    const { inForce } = this.#account;
    const byId = inForce.resource(ROLE, name);
    const record = byId?.outputs["arn"] === arn ? byId : inForce.find(ROLE, "arn", arn);
    if (record === undefined) return undefined;
    const { outputs } = record;
    return {
      name: text(outputs["name"]) ?? record.id,
      arn,
      id: text(outputs["uniqueId"]) ?? record.id,
      tags: tagsOf(record),
      trust: deployedPolicy(this.#account, record, `trust policy of ${name}`, outputs["assumeRolePolicy"]),
      maxSessionSeconds: Number(outputs["maxSessionDuration"] ?? 3600),
    };
  }

  /** @throws UnreadablePolicy naming a policy that can't be judged. */
  policies(role: Role): RolePolicies {
    if (role === DEPLOYER) return DEPLOYER_POLICIES;
    const { inForce } = this.#account;
    const record = inForce.resource(ROLE, role.name) ?? inForce.find(ROLE, "arn", role.arn);
    const boundary = text(record?.outputs["permissionsBoundary"]);
    const attached = [
      ...list(record?.outputs["managedPolicyArns"]).map(String),
      ...this.#ofRole("aws:iam/rolePolicyAttachment:RolePolicyAttachment", role).map((each) =>
        String(each.outputs["policyArn"]),
      ),
    ];
    return {
      identity: [
        ...list(record?.outputs["inlinePolicies"])
          .map((each) => each as { name?: unknown; policy?: unknown })
          // The provider writes one empty entry where the role has none.
          .filter((each) => each.policy !== undefined && each.policy !== "")
          .map((each) => readPolicy(`inline policy ${String(each.name)} of ${role.name}`, each.policy)),
        ...this.#ofRole("aws:iam/rolePolicy:RolePolicy", role).map((each) =>
          readPolicy(
            `inline policy ${text(each.outputs["name"]) ?? each.id} of ${role.name}`,
            each.outputs["policy"],
          ),
        ),
        ...[...new Set(attached)].map((arn) => this.managed(arn)),
      ],
      ...(boundary !== undefined && { boundary: this.managed(boundary) }),
    };
  }

  /** @throws UnreadablePolicy if no such policy is deployed or carried. */
  managed(arn: string): NamedPolicy {
    const record = this.#account.inForce.find("aws:iam/policy:Policy", "arn", arn);
    if (record !== undefined) return readPolicy(`managed policy ${arn}`, record.outputs["policy"]);
    const document = AWS_MANAGED[arn.replace(`arn:${LOCAL_PARTITION}:iam::aws:policy/`, "")];
    if (document !== undefined) return { name: `managed policy ${arn}`, document };
    throw new UnreadablePolicy(
      `managed policy ${arn} is neither deployed nor one that the embedded account carries; write its statements into a policy of your own`,
    );
  }

  /** What refers to a role does so by name; older programs wrote the ARN. */
  #ofRole(type: string, role: Role): ResourceRecord[] {
    return this.#account.inForce
      .resources(type)
      .filter((each) => each.outputs["role"] === role.name || each.outputs["role"] === role.arn);
  }
}

/** A resource's tags, the provider's default tags included. */
export function tagsOf(record: ResourceRecord): Readonly<Record<string, string>> {
  return (record.outputs["tagsAll"] ?? record.outputs["tags"] ?? {}) as Record<string, string>;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
