/** Decisions that a mutant changes, over the whole request space. */
import type { IamPart, Part, Request } from "../../../policies/isolation/prove/request.ts";
import type { Subject } from "../../../policies/isolation/prove/subject.ts";
import type { Context } from "../../../policies/isolation/types.ts";
import type { World } from "./world.ts";

/** A request of somebody's that is decided otherwise than before. */
export interface Changed {
  readonly subject: Subject;
  readonly request: Request;
  readonly context: Context;
}

/** What a mutant bears upon, before and after. */
export interface Pair {
  readonly subjects: readonly [Subject, Subject];
  readonly requests: readonly [Request, Request];
}

export interface Comparison {
  /** Allowed now. */
  readonly more: readonly Changed[];
  /** Refused now. */
  readonly fewer: readonly Changed[];
  /** What had to be decided again. */
  readonly touched: readonly Pair[];
}

export function compared(before: World, after: World): Comparison {
  const more: Changed[] = [];
  const fewer: Changed[] = [];
  const touched: Pair[] = [];
  const sameStores = before.stores === after.stores;
  // How one comes to a session that was not there before is asked of its role; who has none was there, if nobody named them.
  const callers = [...after.subjects].flatMap(([who, subject]) => {
    const once = before.subjects.get(who) ?? (subject.role === undefined ? subject : undefined);
    return once === undefined ? [] : [{ once, subject, same: isSameCaller(once, subject) }];
  });
  for (const [key, request] of after.requests) {
    const was = before.requests.get(key);
    const same = was !== undefined && isSameRequest(before, was, after, request, sameStores);
    for (const { once, subject, same: sameCaller } of callers) {
      if (same && sameCaller) continue;
      if (same && request.parts.every((part) => isSameFor(before, once, after, subject, part))) continue;
      if (was === undefined) {
        for (const context of contextsOf(after, subject, request)) more.push({ subject, request, context });
        continue;
      }
      touched.push({ subjects: [once, subject], requests: [was, request] });
      for (const context of contextsOf(after, subject, request))
        if (!allows(before, once, was, context)) more.push({ subject, request, context });
      for (const context of contextsOf(before, once, was))
        if (!allows(after, subject, request, context)) fewer.push({ subject: once, request: was, context });
      if (!sameStores) for (const each of unfiltered(before, after, subject, was, request)) more.push(each);
    }
  }
  for (const [key, request] of before.requests)
    if (!after.requests.has(key))
      for (const subject of before.subjects.values())
        for (const context of contextsOf(before, subject, request)) fewer.push({ subject, request, context });
  return { more, fewer, touched };
}

/** By their objects: documents of the same text are the same. */
function isSameCaller(once: Subject, subject: Subject): boolean {
  const [one, two] = [once, subject].map(({ identity, boundary }) => [...identity, boundary]);
  return (
    one?.length === two?.length &&
    (one ?? []).every((policy, at) => policy?.document === two?.[at]?.document) &&
    JSON.stringify(once.principal) === JSON.stringify(subject.principal)
  );
}

/** Whether a caller's policies say of a part what they have said. */
function isSameFor(before: World, once: Subject, after: World, subject: Subject, part: Part): boolean {
  if (part.by !== "iam") return JSON.stringify(once.principal) === JSON.stringify(subject.principal);
  return before.decider.numberOfCaller(once, part) === after.decider.numberOfCaller(subject, part);
}

function isSameRequest(
  before: World,
  { parts: earlier }: Request,
  after: World,
  { parts }: Request,
  sameStores: boolean,
): boolean {
  return parts.every((part, at) => {
    const was = earlier[at];
    if (part.by !== "iam" || was?.by !== "iam") return sameStores;
    return before.decider.numberOfPart(was) === after.decider.numberOfPart(part);
  });
}

/** Contexts in which all parts allow: those of the first part, which alone has any to choose. */
function contextsOf({ decider }: World, subject: Subject, { parts }: Request): readonly Context[] {
  const [first, ...rest] = parts;
  if (first === undefined) return [];
  for (const part of rest) if (decider.allowed(subject, part).next().done === true) return [];
  return [...decider.allowed(subject, first)].map(({ context }) => context);
}

function allows({ decider }: World, subject: Subject, { parts }: Request, context: Context): boolean {
  return parts.every((part, at) => {
    if (at === 0 && part.by === "iam") return decider.ask(subject, part, context).allowed;
    return decider.allowed(subject, part).next().done !== true;
  });
}

/** Documents that an engine's role shows now and has not shown before. */
function unfiltered(
  before: World,
  after: World,
  subject: Subject,
  was: Request,
  request: Request,
): readonly Changed[] {
  const filterOf = ({ decider }: World, { parts }: Request): string | undefined => {
    const part = parts.find((each) => each.by === "engine");
    if (part?.by !== "engine" || subject.role === undefined) return undefined;
    const decision = decider.engine(subject.role.arn, part);
    return decision.allowed ? JSON.stringify(decision.documentFilter ?? "all") : undefined;
  };
  const [once, now] = [filterOf(before, was), filterOf(after, request)];
  return now === undefined || once === undefined || once === now ? [] : [{ subject, request, context: {} }];
}

/** For people. */
export const told = ({ subject, request, context }: Changed): string =>
  `${subject.chain.join(" -> ")}: ${request.action} on ${request.target.name}${
    Object.keys(context).length > 0 ? ` with ${JSON.stringify(context)}` : ""
  }`;

export const iamPartOf = ({ parts }: Request): IamPart | undefined =>
  parts.find((part): part is IamPart => part.by === "iam");
