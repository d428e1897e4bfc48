/** The users API over the tables as they are deployed: handlers, keys and the policies that decide each call. */
import assert from "node:assert/strict";

import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";

import { DEPLOYER_ROLE } from "../../../local/account/identity.ts";
import { Mail } from "../../../local/gateway/issuer/mail.ts";
import type { ListUsersResponse, UserResponse } from "../../../runtime/contract/api.ts";
import type { RegistryItem, UserItem } from "../../../runtime/contract/registry.ts";
import { firstAdmin } from "../../../runtime/user-admin/first-admin.ts";
import { createContextCache } from "../../../runtime/shared/credentials.ts";
import { createAccounts } from "../../../runtime/shared/users/accounts.ts";
import { canonicalEmail, userId } from "../../../runtime/shared/users/email.ts";
import { userRoutes } from "../../../runtime/users/users.ts";
import { memberId } from "../../../verify/invitations.ts";
import { granted, registryItem } from "../support/grants.ts";
import { send } from "../support/http-events.ts";
import type { TestRequest } from "../support/http-events.ts";
import type { IdentityAccount } from "../support/identity-account.ts";
import { NAMES, startIdentityAccount } from "../support/identity-account.ts";
import { logged } from "../support/quiet.ts";
import { ISSUER, POOL } from "../support/tokens.ts";

describe("users", () => {
  let account: IdentityAccount;
  let pool: CognitoIdentityProviderClient;
  before(async () => {
    account = await startIdentityAccount();
    pool = new CognitoIdentityProviderClient(account.test.as(NAMES.functionRoleName("users")));
  });
  after(async () => {
    pool.destroy();
    await account.stop();
  });

  /** Sends a request of a tenant's user: by the broker's grant, and by credentials that the deployed policies judge. */
  async function ask(
    tenantId: string,
    request: TestRequest,
    of: { readonly groups?: readonly string[]; readonly registry?: Partial<RegistryItem> } = {},
  ) {
    const routes = userRoutes({
      contextForToken: createContextCache(
        () => Promise.resolve(granted(tenantId, { groups: of.groups ?? ["admin"] })),
        "members",
      ),
      readRoute: () => Promise.resolve(registryItem(tenantId, of.registry)),
      directoryOf: (context) => account.directoryOf(context.tenantId),
      accounts: createAccounts(pool, POOL),
    });
    return send(routes, { authorizedTenant: tenantId, ...request });
  }
  const invite = (tenantId: string, body: object, of?: Parameters<typeof ask>[2]) =>
    ask(tenantId, { method: "POST", path: "/v1/users", body }, of);
  const list = async (tenantId: string) => {
    const { json } = await ask(tenantId, { method: "GET", path: "/v1/users" });
    return (json as unknown as ListUsersResponse).users;
  };
  const withId = (method: string, id: string, body?: object): TestRequest => ({
    method,
    path: `/v1/users/${id}`,
    resource: "/v1/users/{id}",
    parameters: { id },
    ...(body && { body }),
  });
  const mailOf = (username: string) => new Mail(account.gateway.account).find(POOL, username);
  /** A user who has come already. */
  const active = async (tenantId: string, email: string, groups: readonly string[]): Promise<string> => {
    const id = userId(tenantId, email);
    await account.put(NAMES.usersTable, {
      tenant_id: tenantId,
      id,
      email,
      groups,
      state: "active",
      invitation: "i",
      expires: 0,
      sub: `sub-of-${id}`,
      username: `${tenantId}/${email}`,
    } satisfies UserItem);
    if (groups.includes("admin")) await account.directoryAs("user-admin", tenantId).addAdmin(id);
    return id;
  };

  describe("POST /v1/users", () => {
    it("invites by a one-time password that the pool sends, to an account of this tenant's", async () => {
      const { status, json } = await invite("acme", {
        email: "Jane@Acme.example",
        groups: ["platinum", "admin"],
      });
      assert.equal(status, 201);
      const { user } = json as unknown as UserResponse;
      assert.deepEqual(
        { email: user.email, groups: user.groups, state: user.state },
        { email: "jane@acme.example", groups: ["admin", "platinum"], state: "invited" },
      );
      assert.equal(mailOf("acme/jane@acme.example")?.to, "jane@acme.example");
      const item = await account.user("acme", user.id);
      assert.equal(item?.username, "acme/jane@acme.example");
      assert.ok(item.sub !== undefined);
      assert.ok(!JSON.stringify(json).includes(item.sub));
    });

    it("makes no account where the tenant's own provider vouches for its users", async () => {
      const registry = { identity_provider: "tenant.acme" };
      const { status, json } = await invite("acme", { email: "fed@acme.example", groups: [] }, { registry });
      assert.equal(status, 201);
      assert.equal(mailOf("acme/fed@acme.example"), undefined);
      const { user } = json as unknown as UserResponse;
      assert.equal((await account.user("acme", user.id))?.provider, "tenant.acme");
    });

    it("is refused for who is a user already, and leaves the account alone", async () => {
      const id = await active("acme", "known@acme.example", ["regular"]);
      const { status } = await invite("acme", { email: "known@acme.example", groups: ["admin"] });
      assert.equal(status, 409);
      assert.deepEqual((await account.user("acme", id))?.groups, ["regular"]);
    });

    for (const [what, body] of [
      ["a group that the tenant has not", { email: "x@acme.example", groups: ["gold"] }],
      ["no address", { groups: [] }],
      ["an address of two", { email: "a@b.example,c@d.example", groups: [] }],
      ["an address with the Kelvin sign", { email: "\u212aate@acme.example", groups: [] }],
      ["an address of 101 characters", { email: `${"a".repeat(88)}@acme.example`, groups: [] }],
      ["a tenant", { email: "x@acme.example", groups: [], tenant_id: "borealis" }],
      ["groups in one text", { email: "x@acme.example", groups: "admin" }],
    ] as const)
      it(`is refused with ${what}`, async () => {
        const { status } = await invite("acme", body);
        assert.equal(status, 400);
      });
  });

  it("is for admins only, whatever else the token says", async () => {
    for (const groups of [[], ["regular"], ["administrator"], ["ADMIN"]])
      for (const request of [
        { method: "GET", path: "/v1/users" },
        { method: "POST", path: "/v1/users", body: { email: "x@acme.example", groups: [] } },
        withId("PUT", userId("acme", "jane@acme.example"), { groups: [] }),
        withId("DELETE", userId("acme", "jane@acme.example")),
      ]) {
        const { status } = await ask("acme", request, { groups });
        assert.equal(status, 403);
      }
  });

  it("finds and touches users of one's own tenant only", async () => {
    const victim = await active("borealis", "victim@borealis.example", ["regular"]);
    assert.ok(!(await list("acme")).some(({ id }) => id === victim));
    assert.equal((await ask("acme", withId("DELETE", victim))).status, 404);
    assert.equal((await ask("acme", withId("PUT", victim, { groups: ["admin"] }))).status, 404);
    for (const id of ["admins", "../borealis", `borealis/${victim}`, victim.toUpperCase(), ""])
      assert.equal((await ask("acme", withId("DELETE", id))).status, 404);
    assert.deepEqual((await account.user("borealis", victim))?.groups, ["regular"]);
  });

  describe("the last admin", () => {
    const tenantId = "lastadmin";

    it("stays, and stays an admin", async () => {
      const id = await active(tenantId, "only@last.example", ["admin"]);
      assert.equal((await ask(tenantId, withId("DELETE", id))).status, 409);
      assert.equal((await ask(tenantId, withId("PUT", id, { groups: ["regular"] }))).status, 409);
      assert.equal((await ask(tenantId, withId("PUT", id, { groups: ["admin", "regular"] }))).status, 200);
    });

    it("is not one who was invited and never came", async () => {
      await invite(tenantId, { email: "never@last.example", groups: ["admin"] });
      assert.equal(
        (await ask(tenantId, withId("DELETE", userId(tenantId, "only@last.example")))).status,
        409,
      );
    });

    it("is left over when all admins remove one another at once", async () => {
      const others = await Promise.all(
        ["a", "b", "c", "d"].map((name) => active(tenantId, `${name}@last.example`, ["admin"])),
      );
      const all = [...others, userId(tenantId, "only@last.example")];
      const { result: removed } = await logged(() =>
        Promise.all(all.map((id) => ask(tenantId, withId("DELETE", id)))),
      );
      assert.deepEqual(removed.map(({ status }) => status).sort(), [200, 200, 200, 200, 409]);
      const left = (await list(tenantId)).filter(
        ({ state, groups }) => state === "active" && groups.includes("admin"),
      );
      assert.equal(left.length, 1);
    });
  });

  describe("DELETE /v1/users/{id}", () => {
    it("ends the account that the invitation made", async () => {
      const { json } = await invite("acme", { email: "gone@acme.example", groups: [] });
      const { user } = json as unknown as UserResponse;
      assert.equal((await ask("acme", withId("DELETE", user.id))).status, 200);
      assert.equal(await account.user("acme", user.id), undefined);
      const { status } = await invite("acme", { email: "gone@acme.example", groups: [] });
      assert.equal(status, 201);
    });

    it("leaves an account alone that is not the tenant's, whatever the item calls it", async () => {
      await invite("borealis", { email: "target@borealis.example", groups: [] });
      const before = mailOf("borealis/target@borealis.example");
      for (const username of [
        "borealis/target@borealis.example",
        "tenant.borealis_x",
        "acme/other@acme.example",
        "tenant.acme-2_x",
        "jane",
      ]) {
        const id = await active("acme", "liar@acme.example", []);
        await account.put(NAMES.usersTable, { ...(await account.user("acme", id)), username });
        const { status } = await ask("acme", withId("DELETE", id));
        assert.equal(status, 200, username);
      }
      const again = await account.user("borealis", userId("borealis", "target@borealis.example"));
      assert.equal(again?.state, "invited");
      const { Enabled } = await account.accountOf("borealis/target@borealis.example");
      assert.equal(Enabled, true);
      assert.deepEqual(mailOf("borealis/target@borealis.example"), before);
    });
  });

  describe("by IAM alone", () => {
    const refused = { name: "DependencyUnavailable" };

    it("an admin's credentials reach the users of the tenant that the session is tagged with, and of no other", async () => {
      const id = await active("borealis", "iam@borealis.example", ["regular"]);
      const attacker = account.directoryOf("borealis", "acme");
      for (const attack of [
        () => attacker.get(id),
        () => attacker.list(),
        () => attacker.setGroups(id, ["admin"]),
        () => attacker.remove(id),
        () => attacker.dropAdmin(id),
        () => attacker.invite({ id, email: "x@y.example", groups: [], invitation: "i", expires: 1 }),
      ])
        await assert.rejects(attack(), refused);
      assert.ok(await account.directoryOf("borealis").get(id));
    });

    for (const [what, role, tags] of [
      ["a session of no tenant", NAMES.membersRoleName, {}],
      ["a session tagged with any tenant", NAMES.membersRoleName, { tenant_id: "*" }],
      ["the users function itself", NAMES.functionRoleName("users"), { tenant_id: "acme" }],
      ["the broker itself", NAMES.functionRoleName("broker"), { tenant_id: "acme" }],
      ["the chat function", NAMES.functionRoleName("chat"), { tenant_id: "acme" }],
    ] as const)
      it(`${what} reaches nobody`, async () => {
        const id = userId("acme", "jane@acme.example");
        const own = account.as(role, tags);
        for (const [operation, input] of [
          ["GetItem", { Key: { tenant_id: { S: "acme" }, id: { S: id } } }],
          ["PutItem", { Item: { tenant_id: { S: "acme" }, id: { S: "x" } } }],
          ["Scan", {}],
        ] as const)
          await assert.rejects(
            account.call(own, operation, { TableName: NAMES.usersTable, ...input }),
            refused,
          );
      });

    it("an admin's credentials make nobody a member, and read no membership", async () => {
      const own = account.as(NAMES.membersRoleName, { tenant_id: "acme" });
      const Key = { user: { S: `${ISSUER}#x` } };
      const TableName = NAMES.membershipsTable;
      await assert.rejects(account.call(own, "GetItem", { TableName, Key }), refused);
      await assert.rejects(account.call(own, "PutItem", { TableName, Item: Key }), refused);
    });

    it("an admin's credentials scan nothing", async () => {
      const own = account.as(NAMES.membersRoleName, { tenant_id: "acme" });
      await assert.rejects(account.call(own, "Scan", { TableName: NAMES.usersTable }), refused);
    });

    it("the functions manage accounts of this environment's pool and of no other", async () => {
      const other = "us-east-1_Other9876";
      account.deployment.put("aws:cognito/userPool:UserPool", other, {
        arn: `arn:aws:cognito-idp:us-east-1:111122223333:userpool/${other}`,
        tags: { "bulkhead:user-pool": "bulkhead-prod" },
      });
      const accounts = createAccounts(pool, other);
      await assert.rejects(accounts.create("acme", "x@acme.example", new AbortController().signal), refused);
    });
  });

  describe("the admin whom a tenant's file names", () => {
    const signal = new AbortController().signal;
    const forgotten: string[] = [];
    const kind = () =>
      firstAdmin({
        directoryOf: (tenantId) => account.directoryAs("user-admin", tenantId),
        accounts: createAccounts(
          new CognitoIdentityProviderClient(account.test.as(NAMES.functionRoleName("user-admin"))),
          POOL,
        ),
        forget: (sub) => {
          forgotten.push(sub);
          return Promise.resolve();
        },
      });
    const body = { tenant: "onboard", email: "Boss@Onboard.example" };
    const id = userId("onboard", "boss@onboard.example");

    it("is invited once", async () => {
      assert.deepEqual(await kind().apply("onboard", body), { user: id });
      const first = mailOf("onboard/boss@onboard.example");
      assert.deepEqual((await account.user("onboard", id))?.groups, ["admin"]);
      await kind().apply("onboard", body);
      assert.deepEqual(mailOf("onboard/boss@onboard.example"), first);
    });

    it("is invited again where a crash left an invitation without an account", async () => {
      const known = (await account.user("onboard", id)) ?? assert.fail();
      const half = Object.fromEntries(
        Object.entries(known).filter(([name]) => name !== "sub" && name !== "username"),
      );
      await account.put(NAMES.usersTable, half);
      await kind().apply("onboard", body);
      assert.ok((await account.user("onboard", id))?.sub);
    });

    it("takes a provider of the tenant's own only", () => {
      assert.throws(() => kind().parse({ ...body, provider: "tenant.acme" }), /is not onboard's/);
      assert.deepEqual(kind().parse({ ...body, provider: "tenant.onboard" }), {
        ...body,
        provider: "tenant.onboard",
      });
    });

    it("goes with all of the tenant's users, and with nobody else's", async () => {
      await invite("onboard", { email: "second@onboard.example", groups: [] });
      const before = (await list("acme")).length;
      await kind().remove("onboard", body);
      assert.deepEqual(await list("onboard"), []);
      assert.equal((await list("acme")).length, before);
      assert.equal(forgotten.length, 2);
      await createAccounts(pool, POOL).create("onboard", "boss@onboard.example", signal);
    });
  });

  it("are known by one id to the API and to operators", () => {
    assert.equal(memberId("acme", "jane@acme.example"), userId("acme", "jane@acme.example"));
    assert.notEqual(userId("acme", "jane@acme.example"), userId("borealis", "jane@acme.example"));
    assert.equal(canonicalEmail("Jane.Doe+x@Sub.Acme.example"), "jane.doe+x@sub.acme.example");
  });

  it("are the deployment role's to see", async () => {
    await account.call(account.as(DEPLOYER_ROLE), "Scan", { TableName: NAMES.usersTable });
  });
});
