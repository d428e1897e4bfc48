/** One question to the deployed policies: may this principal do that, and why? */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Account, ACCOUNT_FILE } from "../../local/account/account.ts";
import { AwsError } from "../../local/gateway/contract.ts";
import { Roles } from "../../local/gateway/roles.ts";
import { nameOf } from "../../local/gateway/authorize.ts";
import { createAsking, type Step } from "./asking.ts";
import { readCaller } from "./caller.ts";
import { Unanswerable } from "./errors.ts";
import { ask } from "./resources.ts";
import type { Context } from "../../policies/isolation/types.ts";

export interface Asked {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** Session tags. */
  readonly tags: Readonly<Record<string, string>>;
  readonly context: Context;
}

export interface Answer {
  /** As the decision log names it. */
  readonly principal: string;
  /** Effective tags: the session's over the role's. */
  readonly tags: Readonly<Record<string, string>>;
  /** Every decision that the request leads to, in order. */
  readonly steps: readonly Step[];
  /** Whether all of them allow. */
  readonly allowed: boolean;
}

/** @throws Unanswerable */
export async function answer(account: Account, asked: Asked): Promise<Answer> {
  const roles = new Roles(account);
  const who = readCaller(account, roles, asked.principal, asked.tags);
  const { gateway, steps } = createAsking(account, roles, asked.context);
  try {
    await ask({ gateway, who, action: asked.action, resource: asked.resource, context: asked.context });
  } catch (error) {
    // After a decision, what fails is the request itself, which was never meant to be carried out.
    if (error instanceof Unanswerable) throw error;
    if (steps.length === 0) throw new Unanswerable(error instanceof Error ? error.message : String(error));
    if (!(error instanceof AwsError)) throw error;
  }
  if (steps.length === 0)
    throw new Unanswerable(`Nothing decides on ${asked.action} on ${asked.resource} for this principal.`);
  return {
    principal: nameOf(who.principal),
    tags: "tags" in who.principal ? who.principal.tags : {},
    steps,
    allowed: steps.every(({ decision }) => decision.allowed),
  };
}

/** Answers from a copy of the account, so that asking changes nothing, and a running gateway is not disturbed. */
export async function answerFrom(folder: string, asked: Asked): Promise<Answer> {
  const copy = mkdtempSync(join(tmpdir(), "bulkhead-explain-"));
  try {
    const source = new DatabaseSync(join(folder, ACCOUNT_FILE), { readOnly: true });
    try {
      source.prepare("VACUUM INTO ?").run(join(copy, ACCOUNT_FILE));
    } finally {
      source.close();
    }
    const account = Account.open(copy);
    try {
      return await answer(account, asked);
    } finally {
      account.close();
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
