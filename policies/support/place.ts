import type { PolicyResource } from "@pulumi/policy";
import { read } from "./read.ts";
import type { Stack } from "./stack.ts";

/** Where a stack deploys to, as far as what it says shows. */
export interface Where {
  readonly account: string;
  readonly region: string;
}

const SOME: Where = { account: "000000000000", region: "us-east-1" };
/** Properties that hold ARNs of the account's own roles, keys, tables. */
const HOLDERS: readonly (readonly [type: string, property: string])[] = [
  ["aws:iam/rolePolicy:RolePolicy", "policy"],
  ["aws:iam/policy:Policy", "policy"],
  ["aws:kms/key:Key", "policy"],
  ["aws:iam/role:Role", "assumeRolePolicy"],
  ["aws:s3/bucketPolicy:BucketPolicy", "policy"],
  ["aws:dynamodb/resourcePolicy:ResourcePolicy", "policy"],
  ["aws:sqs/queuePolicy:QueuePolicy", "policy"],
  ["aws:sns/topic:Topic", "policy"],
  ["aws:lambda/permission:Permission", "sourceArn"],
  ["aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy", "policy"],
];
const ARN = /arn:aws[a-z-]*:[a-z0-9-]+:(?<region>[a-z0-9-]*):(?<account>\d{12}):/g;

/**
 * The account and the region that a stack's policies speak of most. In a preview no resource has an ARN yet, and a pack is not told
 * where a stack deploys to.
 */
export function whereOf(stack: Stack): Where {
  let known = places.get(stack);
  if (known === undefined) places.set(stack, (known = find(stack)));
  return known;
}

const places = new WeakMap<Stack, Where>();

function find(stack: Stack): Where {
  const accounts = new Map<string, number>();
  const regions = new Map<string, number>();
  const count = (map: Map<string, number>, key: string | undefined): void => {
    if (key !== undefined && key !== "") map.set(key, (map.get(key) ?? 0) + 1);
  };
  for (const { account, region } of named(stack, ENOUGH)) {
    count(accounts, account);
    count(regions, region);
  }
  return { account: most(accounts) ?? SOME.account, region: most(regions) ?? SOME.region };
}

/** Of each type: the platform's come first, and all tenants' say the same. */
const ENOUGH = 40;

/** The stack that the embedded account is for, and that account's number, which is an example's: AWS gives it to nobody. */
const EMBEDDED = { stack: "local", account: "111122223333" } as const;

/**
 * Whether a stack is the embedded account's, of which some of what is asked of a real account is not. A stack may be named as one
 * likes: it has to name that account, and no other one, as well.
 */
export function isEmbedded(stack: Stack): boolean {
  if (stack.name !== EMBEDDED.stack) return false;
  let known = embedded.get(stack);
  if (known === undefined) {
    const accounts = new Set([...named(stack)].map(({ account }) => account));
    embedded.set(stack, (known = accounts.size === 1 && accounts.has(EMBEDDED.account)));
  }
  return known;
}

const embedded = new WeakMap<Stack, boolean>();

/** @param most resources of each type */
function* named(stack: Stack, most = Infinity): Generator<Partial<Where>> {
  for (const [type, property] of HOLDERS)
    for (const resource of stack.of([type]).slice(0, most))
      for (const { groups } of textOf(resource, property).matchAll(ARN)) yield groups ?? {};
}

function textOf(resource: PolicyResource, property: string): string {
  const reading = read(resource, property);
  if (!reading.known || reading.value === undefined) return "";
  return typeof reading.value === "string" ? reading.value : JSON.stringify(reading.value);
}

const most = (counted: Map<string, number>): string | undefined =>
  [...counted].sort(([, a], [, b]) => b - a)[0]?.[0];
