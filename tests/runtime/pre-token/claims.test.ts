import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import type { TokenEvent } from "../../../runtime/pre-token/claims.ts";
import { createAddClaims } from "../../../runtime/pre-token/claims.ts";
import { createMachineReader } from "../../../runtime/pre-token/machines.ts";
import { createMemberships } from "../../../runtime/pre-token/memberships.ts";
import { createAdmitPerson } from "../../../runtime/pre-token/people.ts";
import { userId } from "../../../runtime/shared/users/email.ts";
import type { IdentityAccount } from "../support/identity-account.ts";
import { NAMES, startIdentityAccount } from "../support/identity-account.ts";
import { logged } from "../support/quiet.ts";
import { ISSUER, POOL, SUB } from "../support/tokens.ts";

interface Invited {
  readonly tenant: string;
  readonly email: string;
  readonly by: "provider" | "password";
  readonly sub?: "me" | "another";
  readonly state?: "active";
  readonly expired?: true;
}

interface Case {
  readonly what: string;
  readonly invited: readonly Invited[];
  readonly account: {
    readonly username?: string;
    readonly provider?: string;
    readonly also?: string;
    readonly status?: string;
    readonly email: string;
    readonly verified?: string;
  };
  readonly member?: string | { readonly of: string; readonly removed: true };
  readonly becomes?: string;
}

const CASES = parse(
  readFileSync(join(import.meta.dirname, "../../scenarios/identity/claims.yaml"), "utf8"),
) as readonly Case[];

function event(changes: Partial<TokenEvent> & { attributes?: Readonly<Record<string, string>> } = {}) {
  const { attributes = { sub: SUB }, ...rest } = changes;
  return {
    version: "3",
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
    ...rest,
  } as TokenEvent;
}

const nobody = () => Promise.resolve(undefined);

describe("pre-token", () => {
  const john = { tenant_id: "acme", groups: ["regular"] };

  it("puts tenant and groups of the membership into the token, whatever else the event says", async () => {
    const asked: unknown[] = [];
    const addClaims = createAddClaims((account) => {
      asked.push([account.user, account.username]);
      return Promise.resolve(john);
    }, nobody);
    const sent = event({ attributes: { sub: SUB, "custom:tenant_id": "globex", tenant_id: "globex" } });
    const { result } = await logged(() => addClaims(sent));
    assert.deepEqual(asked, [[`${ISSUER}#${SUB}`, "john-regular"]]);
    assert.deepEqual(result.response, {
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: { claimsToAddOrOverride: { tenant_id: "acme" } },
        groupOverrideDetails: { groupsToOverride: ["regular"] },
      },
    });
  });

  it("puts the tenant of a machine client's record into its token, and takes scopes away that are not in it", async () => {
    const record = { user: "u", tenant_id: "acme", client: "crm", scopes: ["chat"] as const };
    const addClaims = createAddClaims(
      () => assert.fail("a machine is no person"),
      (user) => {
        assert.equal(user, `${ISSUER}#client-1`);
        return Promise.resolve(record);
      },
    );
    const sent = event({ triggerSource: "TokenGeneration_ClientCredentials", attributes: { sub: SUB } });
    sent.request.scopes = ["bulkhead/chat", "bulkhead/documents.write", "other/chat"];
    const { result } = await logged(() => addClaims(sent));
    assert.deepEqual(result.response, {
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: {
          claimsToAddOrOverride: { tenant_id: "acme" },
          scopesToSuppress: ["bulkhead/documents.write", "other/chat"],
        },
      },
    });
  });

  const refused = (admit: Parameters<typeof createAddClaims>[0], sent = event()) =>
    logged(() => assert.rejects(createAddClaims(admit, nobody)(sent)));
  const member = () => Promise.resolve(john);

  it("gives no token to a user without a membership", () => refused(nobody));
  it("gives no token when memberships can't be read", () => refused(() => Promise.reject(new Error("down"))));
  it("gives no token to somebody without a subject", () => refused(member, event({ attributes: {} })));
  it("gives no token for a pool of another region", () =>
    refused(member, event({ userPoolId: "eu-west-1_Abc" })));
  it("gives no token to a machine without a record", () =>
    refused(member, event({ triggerSource: "TokenGeneration_ClientCredentials" })));

  const user = `${ISSUER}#client-1`;
  for (const [name, item] of [
    ["another's", { user: "x", tenant_id: "acme", client: "crm", scopes: [] }],
    ["of any tenant", { user, tenant_id: "*", client: "crm", scopes: [] }],
    ["with a scope that there is none of", { user, tenant_id: "acme", client: "crm", scopes: ["admin"] }],
    ["without scopes", { user, tenant_id: "acme", client: "crm" }],
  ] as const)
    it(`takes no record that is ${name}`, () =>
      assert.rejects(createMachineReader({ get: () => Promise.resolve(item) })(user), {
        name: "ConfigurationError",
      }));

  it("takes no person's membership for a machine's record", async () => {
    const item = { user, tenant_id: "acme", member: "m" };
    assert.equal(await createMachineReader({ get: () => Promise.resolve(item) })(user), undefined);
  });
});

describe("claiming an invitation", () => {
  let account: IdentityAccount;
  const ME = "5ab00000-0000-4000-8000-000000000000";
  const ANOTHER = "5ab00000-0000-4000-8000-000000000001";

  before(async () => {
    account = await startIdentityAccount();
  });
  after(() => account.stop());

  /** A pre-token trigger over the real tables, by its own role. */
  const admit = () => {
    const own = account.as(NAMES.functionRoleName("pre-token"));
    return createAdmitPerson(createMemberships(account.call, NAMES.membershipsTable, own), (tenantId) =>
      account.directoryAs("pre-token", tenantId),
    );
  };

  /** Each case has addresses and accounts of its own: nothing of one is left for another. */
  let count = 0;
  async function prepare(of: Case) {
    const tag = `n${(count += 1)}`;
    const mine = (text: string) => text.replace(/@(acme)/i, `@${tag}.$1`);
    const [me, another] = [`${tag}-${ME}`, `${tag}-${ANOTHER}`];
    for (const { tenant, email, by, sub, state, expired } of of.invited)
      await account.put(NAMES.usersTable, {
        tenant_id: tenant,
        id: userId(tenant, mine(email)),
        email: mine(email),
        groups: ["regular"],
        state: state ?? "invited",
        invitation: "i",
        expires: Math.floor(Date.now() / 1000) + (expired ? -1 : 600),
        ...(by === "provider" && { provider: `tenant.${tenant}` }),
        ...(sub && { sub: sub === "me" ? me : another, username: "x" }),
      });
    if (of.member !== undefined) {
      const tenant = typeof of.member === "string" ? of.member : of.member.of;
      await account.put(NAMES.membershipsTable, { user: `${ISSUER}#${me}`, tenant_id: tenant, member: tag });
      if (typeof of.member === "string")
        await account.put(NAMES.usersTable, {
          tenant_id: tenant,
          id: tag,
          email: mine("jane@acme.example"),
          groups: ["regular"],
          state: "active",
          invitation: "i",
          expires: 0,
          sub: me,
          username: "jane",
        });
    }
    const { username, provider, also, status, email, verified } = of.account;
    const identities = [provider, also].filter((name) => name !== undefined);
    return {
      me,
      account: {
        user: `${ISSUER}#${me}`,
        username: mine(username ?? `${provider ?? ""}_x`),
        attributes: {
          sub: me,
          email: mine(email),
          ...(verified !== undefined && { email_verified: verified }),
          "cognito:user_status": status ?? (provider === undefined ? "CONFIRMED" : "EXTERNAL_PROVIDER"),
          ...(identities.length > 0 && {
            identities: JSON.stringify(
              identities.map((providerName) => ({ providerName, providerType: "OIDC", userId: "x" })),
            ),
          }),
        },
      },
    };
  }

  for (const of of CASES)
    it(`${of.becomes === undefined ? "is not for" : "is for"} ${of.what}`, async () => {
      const { me, account: signsIn } = await prepare(of);
      const { result } = await logged(() => admit()(signsIn));
      assert.equal(result?.tenant_id, of.becomes);
      // The next sign-in is the same, by the membership alone.
      const { result: again } = await logged(() =>
        admit()({ ...signsIn, attributes: { ...signsIn.attributes, email: "changed@elsewhere.example" } }),
      );
      assert.equal(again?.tenant_id, of.becomes);
      const row = await account.membership(me);
      assert.equal(row?.["tenant_id"], of.becomes ?? memberOf(of.member));
    });

  it("is for one account only, of many that claim it at once", async () => {
    const of: Case = {
      what: "",
      invited: [{ tenant: "acme", email: "jane@acme.example", by: "provider" }],
      account: { provider: "tenant.acme", email: "jane@acme.example", verified: "true" },
    };
    const { account: first } = await prepare(of);
    const rivals = Array.from({ length: 8 }, (_, n) => ({
      ...first,
      user: `${first.user}-${n}`,
      username: `tenant.acme_x${n}`,
    }));
    const { result } = await logged(() => Promise.all(rivals.map(admit())));
    assert.equal(result.filter((found) => found !== undefined).length, 1);
    const { result: later } = await logged(() => Promise.all(rivals.map(admit())));
    assert.deepEqual(
      later.map((found) => found !== undefined),
      result.map((found) => found !== undefined),
    );
  });

  it("makes an admin count as one", async () => {
    const id = userId("acme", "boss@acme.example");
    await account.put(NAMES.usersTable, {
      tenant_id: "acme",
      id,
      email: "boss@acme.example",
      groups: ["admin"],
      state: "invited",
      invitation: "i",
      expires: Math.floor(Date.now() / 1000) + 600,
      sub: "boss",
      username: "acme/boss@acme.example",
    });
    await logged(() =>
      admit()({ user: `${ISSUER}#boss`, username: "acme/boss@acme.example", attributes: { sub: "boss" } }),
    );
    assert.equal(await account.directoryOf("acme").dropAdmin(id), false);
  });
});

function memberOf(member: Case["member"]): string | undefined {
  return typeof member === "string" ? member : member?.of;
}
