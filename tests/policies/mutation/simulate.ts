/** Whether the independent evaluator agrees that a mutant changes nothing, where it knows the keys. */
import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { PlacedPolicy } from "../../../policies/isolation/model/account.ts";
import type { IamPart } from "../../../policies/isolation/prove/request.ts";
import type { Subject } from "../../../policies/isolation/prove/subject.ts";
import type { Context, Statement } from "../../../policies/isolation/types.ts";
import type { Case } from "../isolation/differential/cases.ts";
import { simulate, toSimulation, type Verdict } from "../isolation/differential/iam-simulate.ts";
import { judge } from "../isolation/differential/judge.ts";
import { type Comparison, iamPartOf, type Pair } from "./changes.ts";
import type { World } from "./world.ts";

export interface CrossCheck {
  readonly agreed: number;
  /** Decisions that it can't be asked for: the key or the action that it does not know. */
  readonly unknown: readonly string[];
  /** It says that a decision changes. */
  readonly disagreed: readonly string[];
}

/** Of so many callers and requests that a mutant bears upon; those who are let in come first. */
const PAIRS = 8;
const CONTEXTS = 2;

export async function crossChecked({ touched }: Comparison, before: World): Promise<CrossCheck> {
  const unknown: string[] = [];
  const disagreed: string[] = [];
  let agreed = 0;
  for (const pair of chosen(touched, before))
    for (const [once, now] of casesOf(pair, before)) {
      const [was, is] = [await verdictOf(once), await verdictOf(now)];
      if (was.fault !== undefined || is.fault !== undefined) unknown.push(was.fault ?? is.fault ?? "");
      else if (was.verdict === is.verdict || isRefusal(was.verdict, is.verdict)) agreed += 1;
      else {
        const strange = await notKnown(once, now);
        if (strange !== undefined) unknown.push(strange);
        else disagreed.push(`${JSON.stringify(now.request)}: ${was.verdict}, then ${is.verdict}`);
      }
    }
  return { agreed, unknown, disagreed };
}

const isRefusal = (...verdicts: readonly (Verdict | undefined)[]): boolean =>
  verdicts.every((verdict) => verdict !== "allowed");

function chosen(touched: readonly Pair[], { decider }: World): readonly Pair[] {
  const asked = touched.filter(({ requests }) => requests.every((each) => iamPartOf(each) !== undefined));
  const open = asked.filter(({ subjects: [subject], requests: [request] }) => {
    const part = iamPartOf(request);
    return part !== undefined && decider.allowed(subject, part).next().done !== true;
  });
  return [...spread(open, PAIRS), ...spread(asked, PAIRS)];
}

/** Evenly many of all. */
function spread<T>(all: readonly T[], count: number): readonly T[] {
  return all.filter(
    (_, at) => Math.floor((at * count) / all.length) !== Math.floor(((at - 1) * count) / all.length),
  );
}

function casesOf({ subjects, requests }: Pair, { decider }: World): readonly (readonly [Case, Case])[] {
  const [once, now] = requests.map(iamPartOf);
  if (once === undefined || now === undefined) return [];
  const contexts = [...decider.allowed(subjects[0], once)].map(({ context }) => context).slice(0, CONTEXTS);
  const { account } = decider.model.where;
  return [...contexts, { "aws:SecureTransport": "true" }].map((context) => [
    caseOf(subjects[0], once, context, account),
    caseOf(subjects[1], now, context, account),
  ]);
}

function caseOf(subject: Subject, part: IamPart, context: Context, account: string): Case {
  const { principal, identity, boundary } = subject;
  const { action, resource, facts, policies, mode } = part;
  return {
    request: { principal, action, resource, resourceAccount: account, context: { ...context, ...facts } },
    policies: {
      identity: identity.map(own),
      ...(boundary === undefined ? {} : { boundary: own(boundary) }),
      ...(policies.length > 0 ? { resource: policies.map(own) } : {}),
    },
    mode,
  };
}

/** Statements as a list, which is what its cases are made of. */
const own = ({ name, document }: PlacedPolicy) => ({
  name,
  document: { ...document, Statement: [document.Statement].flat() },
});

const verdicts = new Map<string, { readonly verdict?: Verdict; readonly fault?: string }>();

async function verdictOf(test: Case): Promise<{ readonly verdict?: Verdict; readonly fault?: string }> {
  const key = JSON.stringify(test);
  const known = verdicts.get(key);
  if (known !== undefined) return known;
  let told;
  try {
    told = { verdict: await simulate(toSimulation(test)) };
  } catch (error) {
    told = { fault: `${test.request.action}: ${error instanceof Error ? error.message : String(error)}` };
  }
  verdicts.set(key, told);
  return told;
}

/** What explains that it sees a change: a key of the changed statements that it drops, or a difference that is known. */
async function notKnown(once: Case, now: Case): Promise<string | undefined> {
  for (const key of keysOf(changedStatements(once, now)))
    if (!(await knows(now.request.action, now.request.resource, key))) return `key ${key}`;
  for (const test of [once, now]) {
    const { classes } = await judge(test);
    if (classes !== undefined && classes.length > 0) return `difference ${classes.join()}`;
  }
  return undefined;
}

function changedStatements(once: Case, now: Case): readonly Statement[] {
  const all = ({ policies: { identity, boundary, resource = [] } }: Case): readonly Statement[] =>
    [...identity, ...(boundary ? [boundary] : []), ...resource].flatMap(({ document }) =>
      [document.Statement].flat(),
    );
  const texts = [once, now].map((each) => new Set(all(each).map((statement) => JSON.stringify(statement))));
  return [...all(once), ...all(now)].filter((statement) => {
    const text = JSON.stringify(statement);
    return texts.some((set) => !set.has(text));
  });
}

const keysOf = (statements: readonly Statement[]): ReadonlySet<string> =>
  new Set(statements.flatMap(({ Condition = {} }) => Object.values(Condition).flatMap(Object.keys)));

const known = new Map<string, boolean>();

/** Whether it takes a key into account: by a statement that allows nothing without it. */
async function knows(action: string, resource: string, key: string): Promise<boolean> {
  const asked = `${action} ${key}`;
  const before = known.get(asked);
  if (before !== undefined) return before;
  const value = "a-value";
  const result = await runSimulation(
    {
      request: {
        principal: "arn:aws:iam::111122223333:user/probe",
        action,
        resource: { resource, accountId: "111122223333" },
        contextVariables: { [key]: value },
      },
      identityPolicies: [
        {
          name: "probe",
          policy: {
            Version: "2012-10-17",
            Statement: [
              { Effect: "Allow", Action: "*", Resource: "*", Condition: { StringLike: { [key]: "*" } } },
            ],
          },
        },
      ],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    { simulationMode: "Strict" },
  );
  const knows = result.resultType !== "error" && result.overallResult === "Allowed";
  known.set(asked, knows);
  return knows;
}
