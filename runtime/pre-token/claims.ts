import type { PreTokenGenerationV2TriggerEvent } from "aws-lambda";

import { TENANT_TAG } from "../contract/names.ts";
import { userPoolIssuer } from "../contract/registry.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import type { GetItem } from "../shared/dynamodb.ts";
import { createGetItem } from "../shared/dynamodb.ts";
import type { Env } from "../shared/environment.ts";
import { readEnvironment } from "../shared/environment.ts";
import { describeError, log } from "../shared/log.ts";
import { parseMembership } from "../shared/registry.ts";

export type AddClaims = (
  event: PreTokenGenerationV2TriggerEvent,
) => Promise<PreTokenGenerationV2TriggerEvent>;

/** Reads the membership of `<issuer>#<sub>`; undefined if there is none. */
export type ReadMembership = (user: string) => ReturnType<GetItem>;

/**
 * Puts the user's tenant and groups into the access token, from the memberships table and from nowhere else: attributes, groups and
 * client metadata that come with the event say nothing. No membership, no token.
 *
 * The errors' texts reach the user who signs in: they name no reason that tells about anybody's membership.
 */
export function createAddClaims(readMembership: ReadMembership): AddClaims {
  return async (event) => {
    const user = userOf(event);
    let item;
    try {
      item = await readMembership(user);
    } catch (error) {
      log("error", { function: "pre-token", user, error: describeError(error) });
      throw new Error("Sign-in is not available at the moment; please try again.", { cause: error });
    }
    if (item === undefined) {
      log("audit", { function: "pre-token", user, outcome: "no-membership" });
      throw new Error("This user may not sign in.");
    }
    const membership = parseMembership(item, user);
    event.response = {
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: { claimsToAddOrOverride: { [TENANT_TAG]: membership.tenant_id } },
        groupOverrideDetails: { groupsToOverride: [...membership.groups] },
      },
    };
    log("audit", { function: "pre-token", user, outcome: "ok", tenant: membership.tenant_id });
    return event;
  };
}

/** {@link createAddClaims} from a function's environment. @throws ConfigurationError */
export function addClaimsFrom(env: Env): AddClaims {
  const { MEMBERSHIPS_TABLE, AWS_REGION } = readEnvironment("pre-token", ["MEMBERSHIPS_TABLE"], env);
  const getItem = createGetItem(env, AWS_REGION);
  const own = ownCredentials(env);
  return createAddClaims((user) => getItem(own, MEMBERSHIPS_TABLE, { user }));
}

function userOf(event: PreTokenGenerationV2TriggerEvent): string {
  const sub = event.request.userAttributes["sub"];
  if (!sub || !event.userPoolId.startsWith(`${event.region}_`))
    throw new Error("This kind of sign-in is not supported.");
  return `${userPoolIssuer(event.region, event.userPoolId)}#${sub}`;
}
