/**
 * A gateway that is only asked. The services' own code puts its questions to it, as they do to the real one; it keeps each
 * with its answer, and lets them go on, so that a refusal does not hide what would have been asked next.
 */
import type { Account } from "../../local/account/account.ts";
import { Authorizer, type Who } from "../../local/gateway/authorize.ts";
import { type Access, AwsError, type Gateway } from "../../local/gateway/contract.ts";
import type { Roles } from "../../local/gateway/roles.ts";
import type { Context } from "../../policies/isolation/types.ts";
import type { Explanation } from "../../policies/isolation/index.ts";

/** One decision. Those that are not IAM's (network and data-access policies, OpenSearch roles) have no layers. */
export interface Step extends Explanation {
  readonly action: string;
  readonly resource: string;
}

export interface Asking {
  readonly gateway: Gateway;
  /** In the order in which they were asked. */
  readonly steps: readonly Step[];
}

/** @param context - Condition keys that the request is said to carry; they win over what the gateway knows. */
export function createAsking(account: Account, roles: Roles, context: Context): Asking {
  const steps: Step[] = [];
  const authorizer = new Authorizer({
    roles,
    // A session that is asked about is taken for a new one.
    sessions: { issuedAt: () => Date.now() },
    log: { add: () => undefined },
  });
  const ask = (who: Who, access: Access) => {
    const { action, resource } = access;
    const explanation = authorizer.explain(who, { ...access, context: merge(access.context ?? {}, context) });
    steps.push({ action, resource, ...explanation });
    return explanation.decision;
  };
  const never = (): never => {
    throw new AwsError("NotImplemented", "A question changes nothing and calls nobody.", 501);
  };
  const gateway: Gateway = {
    account,
    databases: {
      masterPassword: never,
      start: never,
      ready: never,
      pause: never,
      isAwake: () => true,
      remove: never,
      close: never,
    },
    origin: "",
    authorize: ask,
    decide: ask,
    record: (_who, { action, resource }, decision) => {
      steps.push({ action, resource, decision, layers: [] });
    },
    assumeAsService: never,
    issueSession: never,
    invokeFunction: never,
    invokeFunctionLater: never,
    call: never,
  };
  return { gateway, steps };
}

/** Keys are the same in any letter case. */
function merge(known: Context, said: Context): Context {
  const replaced = new Set(Object.keys(said).map((key) => key.toLowerCase()));
  const kept = Object.entries(known).filter(([key]) => !replaced.has(key.toLowerCase()));
  return { ...Object.fromEntries(kept), ...said };
}
