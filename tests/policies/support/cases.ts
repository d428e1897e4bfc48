/** Cases of rules as data: resources that pass, and what is said when something of them is changed. */
import { readFileSync } from "node:fs";
import type { PolicyResource } from "@pulumi/policy";
import { parse } from "yaml";
import type { Rule } from "../../../policies/support/rule.ts";
import { UNKNOWN_STRING } from "./engine-values.ts";
import { policyResources, type RegisteredResource } from "./program.ts";
import { violations } from "./stack.ts";

export interface CaseResource {
  readonly type: string;
  /** `(unknown)` is a value that is not known before deployment; `{ $json: … }` a JSON text. */
  readonly props: Readonly<Record<string, unknown>>;
  /** Names of the resources that a property's value comes from. */
  readonly refs?: Readonly<Record<string, readonly string[]>>;
  /** Name of the component that it stands in. */
  readonly parent?: string;
  readonly protect?: boolean;
}

export interface Case {
  readonly name: string;
  /** @default "dev" */
  readonly stack?: string;
  /** By `<resource>.<path>`. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly unset?: readonly string[];
  /** Resources that are not there. */
  readonly drop?: readonly string[];
  readonly add?: Readonly<Record<string, CaseResource>>;
  /** By `<resource>.<property>`. */
  readonly refs?: Readonly<Record<string, readonly string[]>>;
  readonly protect?: Readonly<Record<string, boolean>>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly violations: readonly string[];
}

export interface RuleCases {
  /** They pass. */
  readonly resources: Readonly<Record<string, CaseResource>>;
  readonly cases: readonly Case[];
  /** False for a rule about all types, or about what a stack lacks. @default true */
  readonly otherTypes?: boolean;
}

export const UNKNOWN_MARK = "(unknown)";
/** The embedded account's number; AWS gives it to nobody. */
export const EMBEDDED = "111122223333";

export function readCases(file: URL): RuleCases {
  return parse(readFileSync(file, "utf8")) as RuleCases;
}

/**
 * What the rule says of the resources with a case's changes.
 * @param accounts that policies of a stack `local` name
 */
export function judged(
  rule: Rule,
  base: RuleCases["resources"],
  changes: Partial<Case>,
  accounts: readonly string[] = [EMBEDDED],
): Promise<string[]> {
  const { stack = "dev", config = {} } = changes;
  const resources = { ...changed(base, changes), ...(stack === "local" ? roleTrusting(accounts) : {}) };
  return violations(rule, stackOf(resources, stack), { ...config });
}

/** By what policies name does a stack tell its account. */
function roleTrusting(accounts: readonly string[]): Record<string, CaseResource> {
  const Statement = accounts.map((account) => ({
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${account}:role/bulkhead-deployer` },
    Action: "sts:AssumeRole",
  }));
  const props = { assumeRolePolicy: JSON.stringify({ Version: "2012-10-17", Statement }) };
  return { "of-the-account": { type: "aws:iam/role:Role", props } };
}

/** The resources with a case's changes. */
export function changed(base: RuleCases["resources"], changes: Partial<Case>): Record<string, CaseResource> {
  const resources = structuredClone({ ...base, ...changes.add }) as Record<string, CaseResource>;
  for (const name of changes.drop ?? []) Reflect.deleteProperty(resources, name);
  for (const path of changes.unset ?? []) {
    const [holder, key] = holderOf(resources, path);
    Reflect.deleteProperty(holder, key);
  }
  for (const [path, value] of Object.entries(changes.set ?? {})) {
    const [holder, key] = holderOf(resources, path);
    holder[key] = value;
  }
  for (const [path, names] of Object.entries(changes.refs ?? {})) {
    const [name = "", property = ""] = path.split(".");
    const resource = resources[name];
    if (!resource) throw new Error(`no resource ${name}`);
    resources[name] = { ...resource, refs: { ...resource.refs, [property]: names } };
  }
  for (const [name, protect] of Object.entries(changes.protect ?? {})) {
    const resource = resources[name];
    if (!resource) throw new Error(`no resource ${name}`);
    resources[name] = { ...resource, protect };
  }
  return resources;
}

function holderOf(resources: Record<string, CaseResource>, path: string): [Record<string, unknown>, string] {
  const [name = "", ...steps] = path.split(".");
  let at: unknown = resources[name]?.props;
  for (const step of steps.slice(0, -1)) {
    const holder = at as Record<string, unknown> | undefined;
    if (holder && !(step in holder)) holder[step] = {};
    at = holder?.[step];
  }
  if (typeof at !== "object" || at === null) throw new Error(`nothing at ${path}`);
  return [at as Record<string, unknown>, steps.at(-1) ?? ""];
}

/** Resources of a stack, as the SDK hands them to a rule. */
export function stackOf(resources: Readonly<Record<string, CaseResource>>, stack: string): PolicyResource[] {
  const urnOf = (name: string): string =>
    `urn:pulumi:${stack}::bulkhead::${resources[name]?.type ?? ""}::${name}`;
  return policyResources(
    Object.entries(resources).map(
      ([name, { type, props, refs = {}, parent, protect = false }]): RegisteredResource => ({
        urn: urnOf(name),
        type,
        name,
        parent: parent === undefined ? "" : urnOf(parent),
        protect,
        dependencies: [],
        references: Object.fromEntries(Object.entries(refs).map(([key, names]) => [key, names.map(urnOf)])),
        props: marked(props) as Record<string, unknown>,
      }),
    ),
  );
}

/** Values as the engine sends them. */
function marked(value: unknown): unknown {
  if (value === UNKNOWN_MARK) return UNKNOWN_STRING;
  if (Array.isArray(value)) return value.map(marked);
  if (typeof value !== "object" || value === null) return value;
  if ("$json" in value) return JSON.stringify(value.$json);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, marked(member)]));
}
