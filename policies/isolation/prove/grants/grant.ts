/** What a grant is, and whether it speaks of a request. */
import type { Where } from "../../model/account.ts";
import type { Context } from "../../types.ts";
import type { Request, TargetKind } from "../request.ts";
import type { Subject } from "../subject.ts";

/** A value that a key must have: one of these, or one that begins so. */
export type Only = readonly string[] | { readonly prefix: string };

export interface Grant {
  /** Kinds of subjects. */
  readonly who: readonly string[];
  readonly on: readonly TargetKind[];
  readonly tier?: "silo" | "pool";
  /** Exact actions; a pattern where it begins or ends with `*`. */
  readonly actions: readonly string[];
  /** Whose: the tenant's that the session's tag names (by default), anybody's, or nobody's. */
  readonly whose?: "own" | "anyone" | "platform";
  /** What the request's context has to say. */
  readonly only?: (request: Request, where: Where, subject: Subject) => Readonly<Record<string, Only>>;
  /** Reaches more than one tenant: why that is so. Told in every report. */
  readonly exception?: string;
  /** Not asked for in liveness: where it is not there, nothing is missing. */
  readonly optional?: true;
  /** What the request has to be like, besides. */
  readonly when?: (request: Request) => boolean;
}

/** Whether a grant speaks of a request by a subject, whatever the context. */
export function speaks(grant: Grant, subject: Subject, request: Request): boolean {
  const { target, action } = request;
  if (!grant.who.includes(subject.kind) || !grant.on.includes(target.kind)) return false;
  if (grant.tier !== undefined && target.tier !== grant.tier) return false;
  if (!grant.actions.some((pattern) => matches(pattern, action))) return false;
  if (grant.when !== undefined && !grant.when(request)) return false;
  switch (grant.whose ?? "own") {
    case "anyone":
      return true;
    case "platform":
      return target.owner === undefined;
    case "own":
      // Both what the session says and whose role it is: a tenant's role that is tagged as another is nobody's.
      return (
        subject.tag !== undefined &&
        subject.tag === target.owner &&
        (subject.roleOf === undefined || subject.roleOf === target.owner)
      );
  }
}

/** Whether a context is what a grant asks for. */
export function within(
  grant: Grant,
  request: Request,
  where: Where,
  subject: Subject,
  context: Context,
): boolean {
  for (const [key, only] of Object.entries(grant.only?.(request, where, subject) ?? {})) {
    const value = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
    if (typeof value !== "string") return false;
    if ("prefix" in only ? !value.startsWith(only.prefix) : !only.includes(value)) return false;
  }
  return true;
}

/** A context that a grant asks for. */
export function canonical(grant: Grant, request: Request, where: Where, subject: Subject): Context {
  const out: Record<string, string> = { "aws:SecureTransport": "true" };
  for (const [key, only] of Object.entries(grant.only?.(request, where, subject) ?? {}))
    out[key] = "prefix" in only ? `${only.prefix}registry` : (only[0] ?? "");
  return out;
}

function matches(pattern: string, action: string): boolean {
  return pattern.endsWith("*") ? action.startsWith(pattern.slice(0, -1)) : pattern === action;
}
