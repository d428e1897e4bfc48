/** From the lists to the cases: every caller × API × way × target that no exclusion takes out, each with what must block it. */
import {
  TARGETS,
  type Api,
  type Blocker,
  type Caller,
  type Grammar,
  type Layer,
  type Selector,
  type TargetKind,
} from "./grammar.ts";

/** One attack, still without the tenants that take part. */
export interface Case {
  readonly caller: string;
  readonly api: string;
  readonly way: string;
  readonly target: TargetKind;
  readonly expected: "refused";
  readonly blocker: Blocker;
}

export interface TokenCase {
  readonly token: string;
  readonly door: "api" | "broker";
  readonly target: TargetKind;
}

export interface Expansion {
  readonly cases: readonly Case[];
  readonly excluded: readonly Excluded[];
  /** Cases that no rule says the blocker of: a fault of the data. */
  readonly unexplained: readonly Tuple[];
}

/** What is no attack, and why; without a caller and a target: for all of them. */
export interface Excluded {
  readonly of: Pick<Tuple, "api" | "way"> & Partial<Tuple>;
  readonly because: string;
}

export interface Tuple {
  readonly caller: string;
  readonly api: string;
  readonly way: string;
  readonly target: TargetKind;
}

export function expand(grammar: Grammar): Expansion {
  const cases: Case[] = [];
  const excluded: Excluded[] = [];
  const unexplained: Tuple[] = [];
  for (const api of grammar.apis)
    for (const [way, { names }] of Object.entries(grammar.ways)) {
      if (!names.includes(api.names)) {
        const because = `${way} is a way to write ${names.join(" or ")}, and ${api.api} takes ${api.names}`;
        excluded.push({ of: { api: api.api, way }, because });
        continue;
      }
      for (const [caller, { is }] of Object.entries(grammar.callers))
        for (const target of TARGETS) {
          const of = { caller, api: api.api, way, target };
          const because =
            unfit(api, is, target) ?? grammar.exclude.find((rule) => selects(rule, of))?.because;
          const blocker = grammar.blocked.find((rule) => selects(rule, of));
          if (because !== undefined) excluded.push({ of, because });
          else if (blocker) cases.push({ ...of, expected: "refused", blocker });
          else unexplained.push(of);
        }
    }
  return { cases, excluded, unexplained };
}

/** Why a caller or a target has nothing to do with an API. */
function unfit({ names, service }: Api, caller: Caller["is"], target: TargetKind): string | undefined {
  if (names === "platform" && target !== "other") return "it names no tenant: one target stands for all";
  if (service === "http" && caller !== "user" && caller !== "nobody")
    return "the API takes a token, and AWS credentials open nothing in it";
  if (service !== "http" && caller === "user")
    return "a token opens no AWS API: it is the broker that takes it";
  return undefined;
}

/** Tokens × where they are shown × whom they claim. */
export function expandTokens(grammar: Grammar): TokenCase[] {
  return Object.entries(grammar.tokens).flatMap(([token, { targets }]) =>
    (["api", "broker"] as const).flatMap((door) =>
      (targets ?? TARGETS).map((target) => ({ token, door, target })),
    ),
  );
}

/** The layer that refuses tokens. */
export const TOKEN_LAYER: Layer = "identity and routing";

export function selects(rule: Selector, { caller, api, way, target }: Tuple): boolean {
  return (
    fits(rule.callers, caller) && fits(rule.apis, api) && fits(rule.ways, way) && fits(rule.targets, target)
  );
}

/** One of the patterns, and none of those with `!` before them. */
function fits(patterns: readonly string[] | undefined, name: string): boolean {
  if (patterns === undefined) return true;
  const wanted = patterns.filter((pattern) => !pattern.startsWith("!"));
  const unwanted = patterns.filter((pattern) => pattern.startsWith("!"));
  return (
    (wanted.length === 0 || wanted.some((pattern) => matches(pattern, name))) &&
    !unwanted.some((pattern) => matches(pattern.slice(1), name))
  );
}

/** `*` stands for anything, once. */
function matches(pattern: string, name: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === name;
  const [start, end] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return name.length >= pattern.length - 1 && name.startsWith(start) && name.endsWith(end);
}
