/** Every attack on a deployment, from each of several attackers. */
import { BedrockAgentClient, ListKnowledgeBasesCommand } from "@aws-sdk/client-bedrock-agent";
import { platformNames } from "../runtime/contract/names.ts";
import { runDoors } from "./doors.ts";
import { expand, type Case } from "./expand.ts";
import type { Api, Grammar } from "./grammar.ts";
import { notExercised, type Attempted } from "./outcome.ts";
import type { Party, Stage } from "./stage.ts";
import { Suite, type SuiteOptions } from "./suite.ts";
import type { Target } from "./target.ts";
import { runTokens } from "./token-suite.ts";
import { runTransactions } from "./transactions.ts";

/** A tenant that takes part, and both tokens of its member. */
export interface SignedIn extends Party {
  readonly idToken: string | undefined;
}

/** Who attacks whom: each of the attackers all of the others. */
export function stagesOf(
  target: Target,
  parties: readonly SignedIn[],
): (Stage & { readonly attacker: SignedIn })[] {
  return parties
    .filter(({ active }) => active)
    .map((attacker) => {
      const others = parties.filter(({ id }) => id !== attacker.id);
      const prefix = others.filter(({ id, active }) => active && id.startsWith(attacker.id));
      const suspended = others.filter(({ active }) => !active);
      const other = others.filter((party) => !prefix.includes(party) && !suspended.includes(party));
      return { target, attacker, named: { other, prefix, suspended } };
    });
}

export interface AttackOptions extends SuiteOptions {
  /** Those who attack. @default all */
  readonly callers?: readonly string[];
  /** Which of their cases. @default all */
  readonly only?: (of: Case, api: Api) => boolean;
  /** Whether functions are invoked as the operator, with payloads of other tenants, and others' transactions are asked in. @default true */
  readonly doors?: boolean;
  /** @default true */
  readonly tellLeftOut?: boolean;
}

/** What was carried out, in stages, and (unless told otherwise) those cases that no stage had everything for. */
export async function attackAll(
  grammar: Grammar,
  stages: readonly (Stage & { readonly attacker: SignedIn })[],
  { callers, only, doors = true, tellLeftOut = true, ...options }: AttackOptions = {},
): Promise<Attempted[]> {
  const apis = new Map(grammar.apis.map((each) => [each.api, each]));
  const cases = expand(grammar).cases.filter((each) => {
    const api = apis.get(each.api);
    return (callers?.includes(each.caller) ?? true) && (!only || (api !== undefined && only(each, api)));
  });
  const done: Attempted[] = [];
  const carriedOut = new Set<Case>();
  const once = new Set<string>();
  for (const stage of stages) {
    const { accessToken, idToken } = { accessToken: stage.attacker.token, idToken: stage.attacker.idToken };
    const suite = new Suite(grammar, stage, {
      referenceKnowledgeBase: await referenceKnowledgeBase(stage.target),
    });
    const fit = cases.filter((each) => {
      if (!suite.fits(each)) return false;
      carriedOut.add(each);
      // What is of no tenant attacks a tenant once, whoever's turn it is.
      const key = suite.sameFor(each);
      if (key === undefined) return true;
      if (once.has(key)) return false;
      once.add(key);
      return true;
    });
    done.push(...(await suite.run(fit, options)));
    if (doors) done.push(...(await runDoors(stage)), ...(await runTransactions(stage)));
    if (accessToken !== undefined && idToken !== undefined)
      done.push(...(await runTokens(grammar, stage, { accessToken, idToken }, options)));
  }
  if (!tellLeftOut) return done;
  const left = cases.filter((each) => !carriedOut.has(each));
  return [...done, ...left.map((each) => leftOut(grammar, each))];
}

function leftOut(grammar: Grammar, { caller, api, way, target, blocker }: Case): Attempted {
  const tier = grammar.apis.find((each) => each.api === api)?.tier ?? grammar.callers[caller]?.tier;
  const whom = {
    other: "a further",
    prefix: "a prefix-colliding",
    suspended: "a suspended",
    none: "an attacking",
  }[target];
  return notExercised(
    { name: `${caller}: ${api} on ${target}, ${way}`, group: groupOf(grammar, api), layer: blocker.layer },
    `there is not ${whom} tenant${tier === undefined ? "" : ` in the ${tier}`} to take part`,
  );
}

function groupOf({ apis }: Grammar, name: string): string {
  return apis.find(({ api }) => api === name)?.service ?? "";
}

async function referenceKnowledgeBase({ operator, place }: Target): Promise<string> {
  const wanted = platformNames(place).referenceKnowledgeBase;
  const bedrock = new BedrockAgentClient(operator);
  let nextToken: string | undefined;
  do {
    const page = await bedrock.send(
      new ListKnowledgeBasesCommand({ maxResults: 100, ...(nextToken === undefined ? {} : { nextToken }) }),
    );
    const found = page.knowledgeBaseSummaries?.find(({ name }) => name === wanted)?.knowledgeBaseId;
    if (found !== undefined) return found;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  throw new Error(`there is no knowledge base ${wanted}: is the platform deployed?`);
}
