/** Contexts of requests: every combination of what the policies at hand could tell apart, as an attacker would choose. */
import { compile, type CompiledStatement } from "../evaluate/compile.ts";
import type { Facts } from "../evaluate/facts.ts";
import { matchPrincipal } from "../evaluate/principal.ts";
import type { Context, NamedPolicy, PolicyDocument, Principal } from "../types.ts";
import type { IamPart } from "./request.ts";
import { fitting, variablesIn } from "./variables.ts";

/** A value that no policy means. */
export const FRESH = "bulkhead-fresh-value";

/** More combinations than this are not tried: the proof then says that it has not tried them. */
const MOST = 20_000;

/** Keys that follow from the caller, whom the evaluator knows. */
const OF_THE_CALLER =
  /^aws:(principal(arn|account|type|isawsservice|servicename|servicenameslist|tag\/.*)|username|userid|resourceaccount)$/;

/** Facts of a resource or of a request, which are given with it; where they are not given, the request has none. */
const FACTS =
  /^(aws:(resourcetag|requesttag)\/.*|aws:tagkeys|sts:transitivetagkeys|kms:resourcealiases|aoss:collection|dynamodb:leadingkeys|bedrock:inferenceprofilearn|bedrock-agentcore:actorid)$/;

interface Asked {
  readonly key: string;
  multivalued: boolean;
  readonly families: Set<string>;
  readonly values: Set<string>;
  /** Values that make a variable of the key say what the request is about. */
  readonly exact: Set<string>;
}

/** What of a policy can speak of a request at all: its statements but for those that something fixed keeps away. */
export function relevant(
  policies: readonly NamedPolicy[],
  ofResource: boolean,
  part: IamPart,
  principal: Principal,
  facts: Facts,
): readonly CompiledStatement[] {
  const given = factKeys(part);
  return policies.flatMap(({ document }) =>
    speakingOf(document, facts.action).filter((statement) => {
      try {
        if (
          statement.resource !== undefined &&
          !dependsOnFree(statement.resources, given) &&
          (statement.resource(part.resource, facts) === true) === statement.notResource
        )
          return false;
        if (
          ofResource &&
          statement.principal !== undefined &&
          matchPrincipal(statement.principal, principal) === undefined
        )
          return false;
        // A condition on what no caller chooses holds for all contexts, or for none.
        return statement.conditions.every(
          (condition) =>
            isFree(condition.key, given) || dependsOnFree(condition.values, given) || condition.holds(facts),
        );
      } catch {
        // What is not understood is for the evaluator to tell.
        return true;
      }
    }),
  );
}

/** Every context that tells statements apart, for one request. */
export function contextsFor(
  statements: readonly CompiledStatement[],
  part: IamPart,
  facts: Facts,
  doubt: (what: string) => void,
): readonly Context[] {
  const given = factKeys(part);
  const asked = new Map<string, Asked>();
  const askedFor = (key: string): Asked => {
    const known = asked.get(key);
    if (known !== undefined) return known;
    const entry = {
      key,
      multivalued: false,
      families: new Set<string>(),
      values: new Set<string>(),
      exact: new Set<string>(),
    };
    asked.set(key, entry);
    return entry;
  };
  /** Where a text that a caller has a part in is compared with others: what he would have to say. */
  const said = (written: string, compared: readonly string[]): void => {
    for (const key of variablesIn(written)) {
      if (!isFree(key, given)) continue;
      const { exact } = askedFor(key);
      for (const text of compared) for (const value of fitting(written, key, text, facts)) exact.add(value);
    }
  };
  for (const { conditions, resources } of statements) {
    for (const written of resources) said(written, [part.resource]);
    for (const { key, operator, values } of conditions) {
      const lower = key.toLowerCase();
      if (values.some((value) => value.includes("${"))) {
        const found = facts.lookup(lower);
        for (const value of values) said(value, found === undefined ? [] : [found].flat());
      }
      if (!isFree(key, given)) continue;
      const entry = askedFor(lower);
      entry.multivalued ||= operator.includes(":");
      entry.families.add(operator.replace(/^For(All|Any)Values?:/, "").replace(/IfExists$/, ""));
      for (const value of values) entry.values.add(value);
    }
  }
  let out: Context[] = [{}];
  for (const entry of asked.values()) {
    const values = candidates(entry, (key) => facts.lookup(key));
    const choices: (string | readonly string[])[] = entry.multivalued
      ? [...values.map((value) => [value]), values]
      : values;
    out = out.flatMap((context) => [
      context,
      ...choices.map((value) => ({ ...context, [entry.key]: value })),
    ]);
    if (out.length > MOST) {
      doubt(
        `${part.action} on ${part.resource} depends on more combinations of ${[...asked.keys()].join(", ")} than are tried`,
      );
      return out.slice(0, MOST);
    }
  }
  return out;
}

const speaking = new WeakMap<object, Map<string, readonly CompiledStatement[]>>();

/** Statements of a document that are about an action. */
function speakingOf(document: PolicyDocument, action: string): readonly CompiledStatement[] {
  const known = speaking.get(document) ?? new Map<string, readonly CompiledStatement[]>();
  speaking.set(document, known);
  const found =
    known.get(action) ??
    compile(document).filter((statement) => statement.action(action) !== statement.notAction);
  known.set(action, found);
  return found;
}

/** A quick no: none of these allows an action, whatever the resource and the conditions. */
export function mayAllow(policies: readonly NamedPolicy[], action: string): boolean {
  return policies.some(({ document }) =>
    speakingOf(document, action).some(({ effect }) => effect === "Allow"),
  );
}

const keysOf = new WeakMap<object, ReadonlySet<string>>();
function factKeys({ facts }: IamPart): ReadonlySet<string> {
  const known = keysOf.get(facts) ?? new Set(Object.keys(facts).map((key) => key.toLowerCase()));
  keysOf.set(facts, known);
  return known;
}

/** Whether a caller chooses a key's value. */
function isFree(key: string, given: ReadonlySet<string>): boolean {
  const lower = key.toLowerCase();
  return !given.has(lower) && !OF_THE_CALLER.test(lower) && !FACTS.test(lower);
}

function dependsOnFree(values: readonly string[], given: ReadonlySet<string>): boolean {
  return values.some((value) => value.includes("${") && variablesIn(value).some((key) => isFree(key, given)));
}

/** Values that a policy may tell apart; absence is apart. */
function candidates(
  { families, values, exact }: Asked,
  lookup: (key: string) => string | readonly string[] | undefined,
): string[] {
  const out = new Set<string>(exact);
  const has = (family: string): boolean => [...families].some((name) => name.includes(family));
  for (const written of values) {
    const value = written.replace(/\$\{([^,}]+)(?:,[^}]*)?\}/g, (_, key: string) => {
      const found = lookup(key.trim().toLowerCase());
      return typeof found === "string" ? found : FRESH;
    });
    if (has("Numeric")) for (const near of [-1, 0, 1]) out.add(String(Number(value) + near));
    else if (has("Date")) for (const near of [-1, 0, 1]) out.add(shifted(value, near));
    else if (has("IpAddress")) out.add(value.split("/")[0] ?? value);
    else if (!has("Bool") && !(families.size === 1 && families.has("Null"))) {
      out.add(value.replace(/\*/g, "").replace(/\?/g, "x"));
      out.add(value.replace(/[*?]/g, "x"));
    }
  }
  if (has("Bool")) ["true", "false"].forEach((value) => out.add(value));
  else if (has("IpAddress")) ["198.51.100.77", "2001:db8:ffff::77"].forEach((value) => out.add(value));
  else if (has("Arn")) out.add(`arn:aws:iam::000000000000:role/${FRESH}`);
  else if (!has("Numeric") && !has("Date") && !has("Binary")) out.add(FRESH);
  return [...out].filter((value) => value !== "");
}

function shifted(value: string, days: number): string {
  const time = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value);
  return Number.isNaN(time) ? value : new Date(time + days * 86_400_000).toISOString();
}
