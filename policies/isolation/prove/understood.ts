/** Whether every policy can be read at all: one that can't is a gap, and nothing is judged beside it. */
import { PolicyError } from "../errors.ts";
import { compile } from "../evaluate/compile.ts";
import type { AccountModel, PlacedPolicy } from "../model/account.ts";
import type { Gap } from "../model/resource.ts";

/** Policies that say what no policy may, and tags of which no condition could say which is meant. Empty: all are understood. */
export function notUnderstood(model: AccountModel): readonly Gap[] {
  return [...unreadable(model), ...ambiguous(model)];
}

/** Condition keys know no letter case: of two tags that differ by it alone, `aws:ResourceTag` and `aws:PrincipalTag` are either. */
function ambiguous(model: AccountModel): readonly Gap[] {
  const { roles, buckets, keys, tables, knowledgeBases, profiles, guardrails, collections, domains } = model;
  const { secrets, functions, memories, clusters } = model;
  return [
    ...[roles, buckets, keys, tables, knowledgeBases, profiles, guardrails, collections, domains],
    ...[secrets, functions, memories, clusters],
  ]
    .flat()
    .flatMap((of) => {
      const names = Object.keys("tags" in of ? of.tags : {}).map((name) => name.toLowerCase());
      return new Set(names).size === names.length
        ? []
        : [{ urn: of.urn, what: "has tags whose names differ by letter case only" }];
    });
}

function unreadable(model: AccountModel): readonly Gap[] {
  return placedIn(model).flatMap(({ urn, name, document }) => {
    try {
      compile(document);
      return [];
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      return [{ urn, what: `${name} is not understood: ${error.message}` }];
    }
  });
}

function placedIn(model: AccountModel): readonly PlacedPolicy[] {
  const { roles, buckets, keys, tables, domains, secrets, functions } = model;
  return [
    ...roles.flatMap(({ trust, identity, boundary }) => [trust, ...identity, boundary]),
    ...[buckets, keys, tables, domains, secrets].flatMap((list) => list.map(({ policy }) => policy)),
    ...functions.flatMap(({ policy }) => policy),
  ].filter((policy) => policy !== undefined);
}
