import type { Account } from "../../local/account/account.ts";
import type { Who } from "../../local/gateway/authorize.ts";
import type { Call, Gateway } from "../../local/gateway/contract.ts";
import type { Context } from "../../policies/isolation/types.ts";
import { listed, Unanswerable } from "./errors.ts";

export interface Question {
  readonly gateway: Gateway;
  readonly who: Who;
  readonly action: string;
  readonly resource: string;
  /** Condition keys that the request is said to carry. */
  readonly context: Context;
}

/** The question as a call of a service, which carries nothing. */
export function callOf({ who }: Question, service: string): Call {
  return {
    id: who.id,
    service,
    method: "GET",
    rawPath: "/",
    rawQuery: "",
    headers: {},
    body: Buffer.alloc(0),
    principal: who.principal,
    session: who.session,
  };
}

/** @throws Unanswerable telling what there is of the type */
export function need<T>(
  found: T | undefined,
  what: string,
  account: Account,
  type: string,
  property: string,
): T {
  if (found !== undefined) return found;
  const names = account.resources(type).map(({ outputs, id }) => {
    const name = outputs[property];
    return typeof name === "string" ? name : id;
  });
  throw new Unanswerable(`There is no ${what} in this account. There are: ${listed(names)}`);
}

export const resourceTags = (tags: Readonly<Record<string, string>>): Context =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
