/**
 * What is not modelled because it has to be one thing: access lists that decide nothing, resources beside tenants' data that let in nobody
 * from without, and providers that act for the deployment. Anything else is a gap.
 */
import { compile } from "../../evaluate/compile.ts";
import { type ModelResource, Unknown, type Value } from "../resource.ts";
import { policyOf } from "./policies.ts";
import type { Stack } from "./stack.ts";

const PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls";
const OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2";
const AWS_PROVIDER = "pulumi:providers:aws";

/** Policies of what holds no tenant's data, by type: where the document is. */
const BESIDE: Readonly<Record<string, string>> = {
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
  "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
  "aws:sns/topicPolicy:TopicPolicy": "policy",
  "aws:sqs/queuePolicy:QueuePolicy": "policy",
};

/** Providers that make nothing by themselves. */
const OTHER_PROVIDERS = ["pulumi:providers:awsx", "pulumi:providers:pulumi"];

export const LIMIT_TYPES = [
  PUBLIC_ACCESS,
  OWNERSHIP,
  OBJECT,
  AWS_PROVIDER,
  ...OTHER_PROVIDERS,
  ...Object.keys(BESIDE),
];

/** Puts a gap for each that is not as it has to be. */
export function readLimits(stack: Stack): readonly never[] {
  for (const { urn, props } of stack.of(PUBLIC_ACCESS))
    for (const name of ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"])
      if (props[name] !== true)
        stack.gap(urn, `${name} is not true: access lists and public policies decide`);
  for (const { urn, props } of stack.of(OWNERSHIP))
    if (fieldOf(props["rule"], "objectOwnership") !== "BucketOwnerEnforced")
      stack.gap(
        urn,
        "lets access lists decide besides policies (objectOwnership is not BucketOwnerEnforced)",
      );
  for (const { urn, props } of stack.of(OBJECT))
    if (props["acl"] !== undefined && props["acl"] !== null && props["acl"] !== "private")
      stack.gap(urn, "gives an object an access list");
  for (const [type, property] of Object.entries(BESIDE))
    for (const policy of stack.of(type)) readBeside(stack, policy, property);
  for (const provider of stack.of(AWS_PROVIDER)) readProvider(stack, provider);
  return [];
}

/** A policy beside tenants' data may let in this account, and services. A value that the first deployment makes up is no account. */
function readBeside(stack: Stack, policy: ModelResource, property: string): void {
  if (policy.props[property] instanceof Unknown) return;
  const document = policyOf(stack, policy, property, `policy of ${policy.name}`);
  if (document === undefined) return;
  const { account } = stack.where;
  const own = new RegExp(`^(?:${account}$|arn:[^:]*:(?:iam|sts)::${account}:)`);
  for (const { effect, principal, id } of compile(document.document)) {
    if (effect !== "Allow") continue;
    const named = principal && [
      ...principal.accounts,
      ...principal.arns,
      ...principal.federated,
      ...principal.unsupported,
    ];
    if (named === undefined || principal?.everyone === true || !named.every((each) => own.test(each)))
      stack.gap(policy.urn, `statement ${id} lets in whoever is not of this account`);
  }
}

/** What makes a provider somebody else than who deploys. */
const IDENTITY = [
  "accessKey",
  "assumeRole",
  "assumeRoles",
  "assumeRoleWithWebIdentity",
  "profile",
  "sharedCredentialsFiles",
  "token",
];

function readProvider(stack: Stack, { urn, props }: ModelResource): void {
  for (const name of IDENTITY) {
    const value = props[name];
    if (value !== undefined && value !== null && value !== "" && value !== "[]")
      stack.gap(urn, `acts for another identity than the deployment's (${name})`);
  }
  const allowed = props["allowedAccountIds"];
  const ids = typeof allowed === "string" ? (JSON.parse(allowed) as unknown) : allowed;
  for (const id of Array.isArray(ids) ? (ids as readonly unknown[]) : [])
    if (id !== stack.where.account)
      stack.gap(urn, `is for account ${String(id)}, and not ${stack.where.account}`);
}

/** A field of an object, or of the first in a list. */
function fieldOf(value: Value | undefined, name: string): Value | undefined {
  const one = Array.isArray(value) ? (value as readonly Value[])[0] : value;
  return typeof one === "object" && one !== null && !(one instanceof Unknown)
    ? (one as Readonly<Record<string, Value>>)[name]
    : undefined;
}
