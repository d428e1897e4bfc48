/** The smallest case of each class: a class whose example no longer differs is stale. */
import type { Context, Principal, Statement } from "../../../../policies/isolation/types.ts";
import type { Case } from "./cases.ts";
import { CALLERS, HOME } from "./world.ts";

interface Parts {
  readonly caller?: Principal | undefined;
  readonly action?: string;
  readonly resource?: string;
  readonly context?: Context;
  readonly version?: string;
  readonly identity?: readonly Statement[];
  readonly session?: readonly Statement[];
  readonly attached?: readonly Statement[];
  readonly scp?: readonly Statement[];
}

function example(parts: Parts): Case {
  const { caller, action = "s3:GetObject", version: Version = "2012-10-17" } = parts;
  const named = (name: string, Statement: readonly Statement[]) => ({
    name,
    document: { Version, Statement },
  });
  return {
    request: {
      principal: caller ?? SESSION,
      action,
      resource: parts.resource ?? "arn:aws:s3:::b-acme/acme/a.txt",
      resourceAccount: HOME,
      context: parts.context ?? {},
    },
    policies: {
      identity: parts.identity ? [named("identity policy", parts.identity)] : [],
      ...(parts.session && { session: [named("session policy", parts.session)] }),
      ...(parts.attached && { resource: [named("resource policy", parts.attached)] }),
      ...(parts.scp && { scp: [[named("SCP", parts.scp)]] }),
    },
    mode: action.startsWith("kms:") || action.startsWith("sts:") ? "required" : "optional",
  };
}

const caller = (index: number): Principal => {
  const found = CALLERS[index];
  if (found === undefined) throw new Error(`there is no caller ${index}`);
  return found;
};
const SESSION = caller(0);
const PATH_SESSION = caller(1);
const ROOT = caller(7);
const SERVICE = caller(8);
const FEDERATED = caller(9);
const QUEUE = { action: "sqs:SendMessage", resource: `arn:aws:sqs:eu-central-1:${HOME}:q-acme` };
const KEY = `arn:aws:kms:eu-central-1:${HOME}:key/11111111-2222-3333-4444-555555555555`;

const ALLOW: Statement = { Effect: "Allow", Action: "*", Resource: "*" };
const when = (Condition: NonNullable<Statement["Condition"]>): Pick<Parts, "identity"> => ({
  identity: [{ ...ALLOW, Condition }],
});

export const EXAMPLES: Readonly<Record<string, Case>> = {
  newline: example({
    resource: "arn:aws:s3:::b-acme/acme/x\ny",
    identity: [{ ...ALLOW, Resource: "arn:aws:s3:::b-acme/*" }],
  }),
  "negated-without-value": example({
    context: { "aws:UserAgent": "acme" },
    ...when({ StringNotEquals: { "aws:UserAgent": "${aws:PrincipalTag/none}" } }),
  }),
  "epoch-date": example({
    context: { "aws:CurrentTime": "2026-02-01T00:00:00Z" },
    ...when({ DateLessThan: { "aws:CurrentTime": "1800000000" } }),
  }),
  "range-of-all-addresses": example({
    context: { "aws:SourceIp": "192.168.7.7" },
    ...when({ IpAddress: { "aws:SourceIp": "0.0.0.0/0" } }),
  }),
  "address-of-other-family": example({
    context: { "aws:SourceIp": "2001:db8::1" },
    ...when({ NotIpAddress: { "aws:SourceIp": "10.0.0.1" } }),
  }),
  "any-value-if-exists": example(when({ "ForAnyValue:StringEqualsIfExists": { "aws:CalledVia": "acme" } })),
  "empty-set": example({
    context: { "aws:UserAgent": "" },
    ...when({ "ForAllValues:StringEquals": { "aws:UserAgent": "acme" } }),
  }),
  "old-version": example({
    version: "2008-10-17",
    identity: [{ ...ALLOW, Resource: "arn:aws:s3:::b-${aws:PrincipalTag/tenant_id}/*" }],
  }),
  "encryption-context": example({
    action: "kms:Decrypt",
    resource: KEY,
    context: { "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::b-acme" },
    attached: [
      {
        ...ALLOW,
        Principal: "*",
        Condition: { StringEquals: { "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::b-acme" } },
      },
    ],
  }),
  "root-user": example({ caller: ROOT }),
  "variable-in-name": example({
    ...QUEUE,
    identity: [{ ...ALLOW, Resource: `arn:aws:sqs:eu-central-1:${HOME}:q-\${aws:PrincipalTag/tenant_id}` }],
  }),
  "escape-without-wildcards": example({
    context: { "aws:UserAgent": "a*c" },
    ...when({ StringEquals: { "aws:UserAgent": "a${*}c" } }),
  }),
  "account-of-federated": example({
    caller: FEDERATED,
    attached: [
      { ...ALLOW, Principal: "*" },
      { ...ALLOW, Effect: "Deny", Principal: { AWS: HOME } },
    ],
  }),
  "session-named": example({
    session: [{ ...ALLOW, Action: "ec2:*" }],
    attached: [{ ...ALLOW, Principal: { AWS: `arn:aws:sts::${HOME}:assumed-role/data.acme/s1` } }],
  }),
  "role-path": example({
    caller: PATH_SESSION,
    attached: [{ ...ALLOW, Principal: { AWS: `arn:aws:iam::${HOME}:role/data.acme` } }],
  }),
  "service-control-of-services": example({
    caller: SERVICE,
    attached: [{ ...ALLOW, Principal: { Service: "logging.s3.amazonaws.com" } }],
    scp: [{ ...ALLOW, Action: "ec2:*" }],
  }),
  "list-without-set-operator": example({
    context: { "aws:CalledVia": ["acme"] },
    identity: [ALLOW, { ...ALLOW, Effect: "Deny", Condition: { StringEquals: { "aws:CalledVia": "acme" } } }],
  }),
  "empty-any-value-if-exists": example({
    context: { "aws:UserAgent": "" },
    ...when({ "ForAnyValue:StringEqualsIfExists": { "aws:UserAgent": "acme" } }),
  }),
  "half-listed-not-principal": example({
    identity: [ALLOW],
    attached: [{ ...ALLOW, Effect: "Deny", NotPrincipal: { AWS: `arn:aws:iam::${HOME}:role/data.acme` } }],
  }),
  "not-resource-without-value": example({
    identity: [
      ALLOW,
      {
        Effect: "Deny",
        Action: "s3:*",
        NotResource: "arn:aws:s3:::b-${aws:PrincipalTag/none}/*",
      },
    ],
  }),
};
