import type { PreTokenGenerationV2TriggerEvent, PreTokenGenerationV3TriggerEvent } from "aws-lambda";

import { TENANT_TAG } from "../contract/names.ts";
import { RESOURCE_SERVER, userPoolIssuer } from "../contract/registry.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import { DEPENDENCIES, TRIGGER_MS } from "../shared/dependencies.ts";
import { createDynamoDbCall } from "../shared/dynamodb.ts";
import { localOrigin } from "../shared/endpoints.ts";
import type { Env } from "../shared/environment.ts";
import { readEnvironment } from "../shared/environment.ts";
import { describeError, log } from "../shared/log.ts";
import { createDirectory } from "../shared/users/directory.ts";
import { createMachineReader } from "./machines.ts";
import type { ReadMachine } from "./machines.ts";
import { createMemberships } from "./memberships.ts";
import type { AdmitPerson } from "./people.ts";
import { createAdmitPerson } from "./people.ts";

/** Version 3 of the event is version 2's, for machine clients too. */
export type TokenEvent =
  | (Omit<PreTokenGenerationV2TriggerEvent, "version"> & { version: string })
  | PreTokenGenerationV3TriggerEvent;

export type AddClaims = (event: TokenEvent) => Promise<TokenEvent>;

/** What the tables say of somebody who gets a token. */
interface Admitted {
  readonly tenantId: string;
  readonly details: TokenEvent["response"]["claimsAndScopeOverrideDetails"];
}

/**
 * Puts tenant and groups into the access token, from the tables and from nowhere else: attributes, groups and client metadata that come
 * with the event say nothing. A person has a membership, or claims an invitation now; a machine client has a record that the program
 * wrote. Nobody else gets a token.
 *
 * The errors' texts reach who signs in: they name no reason that tells about anybody's membership.
 */
export function createAddClaims(admitPerson: AdmitPerson, readMachine: ReadMachine): AddClaims {
  return async (event) => {
    const user = userOf(event);
    let admitted;
    try {
      admitted =
        event.triggerSource === "TokenGeneration_ClientCredentials"
          ? await machine(event, user, readMachine)
          : await person(event, user, admitPerson);
    } catch (error) {
      log("error", { function: "pre-token", user, error: describeError(error) });
      throw new Error("Sign-in is not available at the moment; please try again.", { cause: error });
    }
    if (admitted === undefined) {
      log("audit", { function: "pre-token", user, outcome: "no-membership" });
      throw new Error("This user may not sign in.");
    }
    log("audit", { function: "pre-token", user, outcome: "ok", tenant: admitted.tenantId });
    event.response = { claimsAndScopeOverrideDetails: admitted.details };
    return event;
  };
}

async function person(event: TokenEvent, user: string, admit: AdmitPerson): Promise<Admitted | undefined> {
  const { userName, request } = event;
  const found = await admit({ user, username: userName, attributes: request.userAttributes });
  return (
    found && {
      tenantId: found.tenant_id,
      details: {
        accessTokenGeneration: { claimsToAddOrOverride: { [TENANT_TAG]: found.tenant_id } },
        groupOverrideDetails: { groupsToOverride: [...found.groups] },
      },
    }
  );
}

async function machine(event: TokenEvent, user: string, read: ReadMachine): Promise<Admitted | undefined> {
  const found = await read(user);
  if (!found) return undefined;
  const granted = found.scopes.map((scope) => `${RESOURCE_SERVER}/${scope}`);
  return {
    tenantId: found.tenant_id,
    details: {
      accessTokenGeneration: {
        claimsToAddOrOverride: { [TENANT_TAG]: found.tenant_id },
        // Were the client's own settings changed by hand, the record would still hold.
        scopesToSuppress: (event.request.scopes ?? []).filter((scope) => !granted.includes(scope)),
      },
    },
  };
}

/**
 * {@link createAddClaims} from a function's environment. A claim is several calls, one after the other: their time is bounded as a whole.
 * @throws ConfigurationError
 */
export function addClaimsFrom(env: Env, deadline = () => AbortSignal.timeout(TRIGGER_MS)): AddClaims {
  const settings = readEnvironment("pre-token", ["MEMBERSHIPS_TABLE", "USERS_TABLE"], env);
  const own = ownCredentials(env);
  // Refused when the function starts, not at the first sign-in.
  localOrigin(env);
  return (event) => {
    const call = createDynamoDbCall(env, settings.AWS_REGION, DEPENDENCIES.registry, deadline());
    const memberships = createMemberships(call, settings.MEMBERSHIPS_TABLE, own);
    const addClaims = createAddClaims(
      createAdmitPerson(memberships, (tenantId) =>
        createDirectory(call, settings.USERS_TABLE, own, tenantId),
      ),
      createMachineReader(memberships),
    );
    return addClaims(event);
  };
}

/** `<issuer>#<sub>`; the subject of a machine client's token is its client id. */
function userOf(event: TokenEvent): string {
  const sub =
    event.triggerSource === "TokenGeneration_ClientCredentials"
      ? event.callerContext.clientId
      : event.request.userAttributes["sub"];
  if (!sub || !event.userPoolId.startsWith(`${event.region}_`))
    throw new Error("This kind of sign-in is not supported.");
  return `${userPoolIssuer(event.region, event.userPoolId)}#${sub}`;
}
