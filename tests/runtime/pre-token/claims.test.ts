import assert from "node:assert/strict";

import type { PreTokenGenerationV2TriggerEvent } from "aws-lambda";

import { createAddClaims } from "../../../runtime/pre-token/claims.ts";
import { logged } from "../support/quiet.ts";
import { ISSUER, POOL, SUB } from "../support/tokens.ts";

function event(
  attributes: Readonly<Record<string, string>> = { sub: SUB },
): PreTokenGenerationV2TriggerEvent {
  return {
    version: "2",
    triggerSource: "TokenGeneration_Authentication",
    region: "us-east-1",
    userPoolId: POOL,
    userName: "john-regular",
    callerContext: { awsSdkVersion: "3", clientId: "client-1" },
    request: {
      userAttributes: attributes,
      groupConfiguration: { groupsToOverride: ["platinum"] },
      clientMetadata: { tenant_id: "globex", groups: "platinum" },
    },
    response: {
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: { claimsToAddOrOverride: { tenant_id: "globex" } },
      },
    },
  };
}

const member = { user: `${ISSUER}#${SUB}`, tenant_id: "acme", groups: ["regular"] };

describe("pre-token", () => {
  it("puts tenant and groups of the membership into the token, whatever else the event says", async () => {
    const asked: string[] = [];
    const addClaims = createAddClaims((user) => {
      asked.push(user);
      return Promise.resolve(member);
    });
    const sent = event({ sub: SUB, "custom:tenant_id": "globex", tenant_id: "globex", issuer: "x" });
    const { result } = await logged(() => addClaims(sent));
    assert.deepEqual(asked, [`${ISSUER}#${SUB}`]);
    assert.deepEqual(result.response, {
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: { claimsToAddOrOverride: { tenant_id: "acme" } },
        groupOverrideDetails: { groupsToOverride: ["regular"] },
      },
    });
  });

  const refused = (read: () => Promise<Readonly<Record<string, unknown>> | undefined>, sent = event()) =>
    logged(() => assert.rejects(createAddClaims(read)(sent)));

  it("gives no token to a user without a membership", () => refused(() => Promise.resolve(undefined)));
  it("gives no token when memberships can't be read", () => refused(() => Promise.reject(new Error("down"))));
  it("gives no token to somebody without a subject", () => refused(() => Promise.resolve(member), event({})));
  it("gives no token for a pool of another region", () =>
    refused(() => Promise.resolve(member), { ...event(), userPoolId: "eu-west-1_Abc" }));

  for (const [name, item] of [
    ["another user's", { ...member, user: `${ISSUER}#other` }],
    ["without a tenant", { ...member, tenant_id: undefined }],
    ["of any tenant", { ...member, tenant_id: "*" }],
    ["with groups in one text", { ...member, groups: "platinum" }],
  ] as const)
    it(`gives no token for a membership ${name}`, () => refused(() => Promise.resolve(item)));
});
