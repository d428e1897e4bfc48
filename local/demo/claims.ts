import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { ClaimsImportInput, LifecycleEnvelope } from "../../runtime/contract/admin-payloads.ts";
import { platformNames } from "../../runtime/contract/names.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION, OPERATOR } from "../account/identity.ts";
import type { RunningGateway } from "../gateway/index.ts";
import { LOCAL_STACK } from "../paths.ts";
import type { ApiClient } from "./api-client.ts";
import { clientConfig } from "./operator.ts";
import { sampleClaims } from "./samples.ts";

/** Which claims a user was shown. */
export interface SeenClaims {
  readonly user: string;
  /** Numbers, in order. */
  readonly claims: readonly string[];
}

/**
 * Adds a tenant's sample claims, as an operator would on AWS: by the function that administers the database, which may add rows of a
 * tenant and read none. @returns how many
 */
export async function loadClaims(gateway: RunningGateway, tenant: string): Promise<number> {
  const claims = sampleClaims()[tenant] ?? [];
  if (claims.length === 0) return 0;
  const input: ClaimsImportInput & LifecycleEnvelope = {
    kind: "claims-import",
    name: tenant,
    body: { tenant, claims },
    revision: "sample",
    tf: { action: "create" },
  };
  const names = platformNames({ environment: LOCAL_STACK, account: LOCAL_ACCOUNT, region: LOCAL_REGION });
  const lambda = new LambdaClient(clientConfig(gateway.origin, gateway.issueSession(OPERATOR, "operator")));
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: names.functionName("db-admin"), Payload: JSON.stringify(input) }),
  );
  if (FunctionError !== undefined)
    throw new Error(
      `claims of ${tenant} could not be added: ${Payload?.transformToString() ?? FunctionError}`,
    );
  return claims.length;
}

const NUMBER = /\bCLM-[A-Z]-\d{3}\b/g;

/** Asks the API as a user for the claims that there are; the agent's tools answer. */
export async function seenClaims(api: ApiClient, user: string): Promise<SeenClaims> {
  const { answer, citations } = await api.ask("List my claims");
  const shown = [answer, ...citations.map(({ text }) => text)].join("\n");
  return { user, claims: [...new Set(shown.match(NUMBER) ?? [])].sort() };
}

/** What a user saw that its tenant does not have, and the other way round. */
export function claimFaults({ user, claims }: SeenClaims, tenant: string): string[] {
  const own = (sampleClaims()[tenant] ?? []).map(({ id }) => id);
  return [
    ...own.filter((id) => !claims.includes(id)).map((id) => `${user} does not see ${id}`),
    ...claims.filter((id) => !own.includes(id)).map((id) => `LEAK: ${user} sees ${id}`),
  ];
}
