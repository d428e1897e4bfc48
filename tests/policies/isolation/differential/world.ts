/** What the generated cases are about: callers, resources of several services, and the keys that a request may carry. */
import type { Principal } from "../../../../policies/isolation/types.ts";

export const HOME = "111122223333";
export const AWAY = "444455556666";

const session = (path: string, tags: Readonly<Record<string, string>>, account = HOME): Principal => {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return {
    kind: "role-session",
    account,
    roleArn: `arn:aws:iam::${account}:role/${path}`,
    sessionArn: `arn:aws:sts::${account}:assumed-role/${name}/s1`,
    tags,
  };
};

/** `roleArn` with a path, tags in another letter case, no tags, another account. */
export const CALLERS: readonly Principal[] = [
  session("data.acme", { tenant_id: "acme", team: "red" }),
  session("team/data.acme", { Tenant_ID: "acme" }),
  session("data.acme", { tenant_id: "globex", team: "acme" }),
  session("data.acme", {}),
  session("data.acme", { tenant_id: "acme" }, AWAY),
  { kind: "user", account: HOME, userArn: `arn:aws:iam::${HOME}:user/ada`, tags: { tenant_id: "acme" } },
  { kind: "user", account: AWAY, userArn: `arn:aws:iam::${AWAY}:user/bob`, tags: {} },
  { kind: "root", account: HOME },
  { kind: "service", service: "logging.s3.amazonaws.com" },
  { kind: "federated", account: HOME, provider: `arn:aws:iam::${HOME}:oidc-provider/login.example.com` },
  { kind: "anonymous" },
];

/** Everything that a Principal element of the grammar may name. */
export const PRINCIPALS: readonly (readonly [type: string, value: string])[] = [
  ["AWS", "*"],
  ["AWS", HOME],
  ["AWS", `arn:aws:iam::${HOME}:root`],
  ["AWS", `arn:aws:iam::${AWAY}:root`],
  ["AWS", `arn:aws:iam::${HOME}:role/data.acme`],
  ["AWS", `arn:aws:iam::${HOME}:role/team/data.acme`],
  ["AWS", `arn:aws:iam::${HOME}:role/data.acme-2`],
  ["AWS", `arn:aws:iam::${AWAY}:role/data.acme`],
  ["AWS", `arn:aws:sts::${HOME}:assumed-role/data.acme/s1`],
  ["AWS", `arn:aws:sts::${HOME}:assumed-role/data.acme/s2`],
  ["AWS", `arn:aws:iam::${HOME}:user/ada`],
  ["AWS", `arn:aws:iam::${AWAY}:user/bob`],
  ["Service", "logging.s3.amazonaws.com"],
  ["Service", "lambda.amazonaws.com"],
  ["Federated", `arn:aws:iam::${HOME}:oidc-provider/login.example.com`],
];

/** Statements' own name for a caller, if it has one. */
export function nameOf(caller: Principal): readonly [type: string, value: string] {
  switch (caller.kind) {
    case "role-session":
      return ["AWS", caller.roleArn];
    case "user":
      return ["AWS", caller.userArn];
    case "root":
      return ["AWS", `arn:aws:iam::${caller.account}:root`];
    case "service":
      return ["Service", caller.service];
    case "federated":
      return ["Federated", caller.provider];
    case "anonymous":
      return ["AWS", "*"];
  }
}

export type Family = "string" | "list" | "numeric" | "date" | "bool" | "ip" | "arn" | "binary";

export interface Key {
  readonly name: string;
  readonly family: Family;
  /** Values that a request may carry. */
  readonly values: readonly string[];
  /** Set by the caller, not by the request. */
  readonly ofCaller?: true;
}

const text = (name: string, ...values: readonly string[]): Key => ({ name, family: "string", values });

const GLOBAL: readonly Key[] = [
  { name: "aws:PrincipalTag/tenant_id", family: "string", values: [], ofCaller: true },
  { name: "aws:PrincipalTag/team", family: "string", values: [], ofCaller: true },
  { name: "aws:PrincipalAccount", family: "string", values: [], ofCaller: true },
  { name: "aws:PrincipalType", family: "string", values: [], ofCaller: true },
  { name: "aws:username", family: "string", values: [], ofCaller: true },
  { name: "aws:PrincipalArn", family: "arn", values: [], ofCaller: true },
  { name: "aws:PrincipalIsAWSService", family: "bool", values: [], ofCaller: true },
  text("aws:SourceVpce", "vpce-1", "vpce-2", "acme"),
  text("aws:SourceAccount", HOME, AWAY),
  text("aws:UserAgent", "acme", "ACME", "a*c", "", "aws-cli/2"),
  { name: "aws:CalledVia", family: "list", values: ["athena.amazonaws.com", "kms.amazonaws.com", "acme"] },
  { name: "aws:SourceArn", family: "arn", values: ["arn:aws:s3:::b-acme", "arn:aws:s3:::b-globex"] },
  { name: "aws:MultiFactorAuthAge", family: "numeric", values: ["5", "300", "3600", "-1", "3.5"] },
  {
    name: "aws:CurrentTime",
    family: "date",
    values: ["2026-01-31T12:00:00Z", "2025-06-01T00:00:00Z", "2026-01-31T13:00:00+01:00"],
  },
  { name: "aws:SecureTransport", family: "bool", values: ["true", "false"] },
  { name: "aws:ViaAWSService", family: "bool", values: ["true", "false"] },
  { name: "aws:SourceIp", family: "ip", values: ["10.0.0.1", "10.0.1.200", "192.168.7.7", "2001:db8::1"] },
];

export interface Target {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Trust and key policies have to allow. */
  readonly required: boolean;
  readonly keys: readonly Key[];
}

const target = (
  actions: readonly string[],
  resources: readonly string[],
  keys: readonly Key[] = [],
  required = false,
): Target => ({ actions, resources, required, keys: [...GLOBAL, ...keys] });

const BLOB: Key = { name: "aws:RequestTag/blob", family: "binary", values: ["YWNtZQ==", "Z2xvYmV4"] };
const REQUEST_TAGS: readonly Key[] = [
  text("aws:RequestTag/tenant_id", "acme", "acme-2", "globex", "*"),
  { name: "aws:TagKeys", family: "list", values: ["tenant_id", "team", "Tenant_ID", ""] },
];

export const TARGETS: readonly Target[] = [
  target(
    ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    ["arn:aws:s3:::b-acme/acme/a.txt", "arn:aws:s3:::b-acme/globex/a.txt", "arn:aws:s3:::b-acme/acme/x\ny"],
  ),
  target(
    ["s3:ListBucket"],
    ["arn:aws:s3:::b-acme", "arn:aws:s3:::b-globex"],
    [
      text("s3:prefix", "acme/", "globex/", "acme-2/", ""),
      { name: "s3:max-keys", family: "numeric", values: ["5", "300", "1000"] },
    ],
  ),
  target(
    ["dynamodb:GetItem", "dynamodb:PutItem"],
    [`arn:aws:dynamodb:eu-central-1:${HOME}:table/t-acme`, `arn:aws:dynamodb:eu-central-1:${HOME}:table/t`],
    [{ name: "dynamodb:LeadingKeys", family: "list", values: ["acme", "globex", "acme-2"] }],
  ),
  target(["sqs:SendMessage"], [`arn:aws:sqs:eu-central-1:${HOME}:q-acme`]),
  target(
    ["kms:Decrypt", "kms:GenerateDataKey"],
    [`arn:aws:kms:eu-central-1:${HOME}:key/11111111-2222-3333-4444-555555555555`],
    [
      text("kms:ViaService", "s3.eu-central-1.amazonaws.com", "secretsmanager.eu-central-1.amazonaws.com"),
      text("kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::b-acme", "arn:aws:s3:::b-globex"),
      {
        name: "kms:EncryptionContextKeys",
        family: "list",
        values: ["aws:s3:arn", "tenant"],
      },
    ],
    true,
  ),
  target(
    ["sts:AssumeRole"],
    [`arn:aws:iam::${HOME}:role/data.globex`],
    [...REQUEST_TAGS, BLOB, text("sts:RoleSessionName", "acme", "globex", "s1")],
    true,
  ),
];
