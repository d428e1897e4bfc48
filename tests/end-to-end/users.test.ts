/** Users, their admins and machine clients on the deployed API. The shared account is left as it was found. */
import assert from "node:assert/strict";
import type { ListUsersResponse, MeResponse, UserResponse } from "../../runtime/contract/api.ts";
import { deployed, DEPLOY_TIMEOUT_MS } from "./support/deployed.ts";
import { People, type SignedIn } from "./support/people.ts";

const TENANT = "acme";
const OTHER = "borealis";

describe("users of a deployment", function () {
  this.timeout(DEPLOY_TIMEOUT_MS);
  let people: People;
  let admin: SignedIn;
  let otherAdmin: SignedIn;

  before(async () => {
    const { embedded, deployment } = await deployed();
    people = new People(embedded.gateway, deployment);
    admin = await people.accept(TENANT, `admin@${TENANT}.example`);
    otherAdmin = await people.accept(OTHER, `admin@${OTHER}.example`);
  });

  const usersOf = async (token: string) => {
    const { status, body } = await people.request<ListUsersResponse>(token, "/v1/users");
    assert.equal(status, 200, JSON.stringify(body));
    return (body as ListUsersResponse).users;
  };
  const invite = (token: string, body: unknown) =>
    people.request<UserResponse>(token, "/v1/users", { method: "POST", body });
  const remove = (token: string, id: string) =>
    people.request(token, `/v1/users/${id}`, { method: "DELETE" });
  const idOf = async (token: string, email: string) =>
    (await usersOf(token)).find((user) => user.email === email)?.id ?? assert.fail(`no ${email}`);

  it("has the admin whom the tenant's file names, by the invitation that onboarding sent", async () => {
    const { body } = await people.request<MeResponse>(admin.accessToken, "/v1/me");
    const { tenant, user } = body as MeResponse;
    assert.equal(tenant.id, TENANT);
    assert.deepEqual(user.groups, ["admin"]);
    const me = (await usersOf(admin.accessToken)).find(({ groups }) => groups.includes("admin"));
    assert.equal(me?.state, "active");
  });

  it("lists a tenant's own users to its admin", async () => {
    const [mine, theirs] = [await usersOf(admin.accessToken), await usersOf(otherAdmin.accessToken)];
    assert.ok(mine.length > 1 && theirs.length > 1);
    assert.deepEqual(
      mine.filter(({ id }) => theirs.some((user) => user.id === id)),
      [],
    );
  });

  it("invites, admits once, changes groups and removes a user, who is out with the next token", async () => {
    const email = "new.person@acme.example";
    const { status, body } = await invite(admin.accessToken, { email, groups: ["regular"] });
    assert.equal(status, 201, JSON.stringify(body));
    const { user } = body as UserResponse;
    assert.equal(user.state, "invited");
    const oneTime = people.mailed(TENANT, email);
    const signedIn = await people.accept(TENANT, email, oneTime);
    await assert.rejects(people.accept(TENANT, email, oneTime), { name: "NotAuthorizedException" });
    const me = await people.request<MeResponse>(signedIn.accessToken, "/v1/me");
    assert.deepEqual((me.body as MeResponse).user.groups, ["regular"]);

    const changed = await people.request(admin.accessToken, `/v1/users/${user.id}`, {
      method: "PUT",
      body: { groups: ["platinum"] },
    });
    assert.equal(changed.status, 200);
    const fresh = await people.refresh(signedIn.refreshToken);
    const again = await people.request<MeResponse>(fresh, "/v1/me");
    assert.deepEqual((again.body as MeResponse).user.groups, ["platinum"]);

    assert.equal((await remove(admin.accessToken, user.id)).status, 200);
    await assert.rejects(people.refresh(signedIn.refreshToken), { name: "NotAuthorizedException" });
    await assert.rejects(people.accept(TENANT, email, oneTime), { name: "NotAuthorizedException" });
    assert.equal((await remove(admin.accessToken, user.id)).status, 404);
  });

  it("has a person with one address in two tenants, as two accounts", async () => {
    const email = "both@consultant.example";
    const ids: string[] = [];
    for (const [tenant, token] of [
      [TENANT, admin.accessToken],
      [OTHER, otherAdmin.accessToken],
    ] as const) {
      const { status, body } = await invite(token, { email, groups: [] });
      assert.equal(status, 201, JSON.stringify(body));
      const { accessToken } = await people.accept(tenant, email);
      const me = await people.request<MeResponse>(accessToken, "/v1/me");
      assert.equal((me.body as MeResponse).tenant.id, tenant);
      ids.push((body as UserResponse).user.id);
    }
    // The one-time password of one tenant's account is no other's.
    await invite(admin.accessToken, { email: "probe@consultant.example", groups: [] });
    await invite(otherAdmin.accessToken, { email: "probe@consultant.example", groups: [] });
    await assert.rejects(
      people.accept(OTHER, "probe@consultant.example", people.mailed(TENANT, "probe@consultant.example")),
      { name: "NotAuthorizedException" },
    );
    for (const [token, ofBoth] of [
      [admin.accessToken, ids[0]],
      [otherAdmin.accessToken, ids[1]],
    ] as const)
      for (const id of [ofBoth ?? "", await idOf(token, "probe@consultant.example")])
        assert.equal((await remove(token, id)).status, 200);
  });

  it("makes an older invitation void by a newer one", async () => {
    const email = "twice@acme.example";
    await invite(admin.accessToken, { email, groups: [] });
    const first = people.mailed(TENANT, email);
    await invite(admin.accessToken, { email, groups: ["platinum"] });
    await assert.rejects(people.accept(TENANT, email, first), { name: "NotAuthorizedException" });
    await people.accept(TENANT, email);
    const { status } = await invite(admin.accessToken, { email, groups: ["platinum"] });
    assert.equal(status, 409);
    assert.equal((await remove(admin.accessToken, await idOf(admin.accessToken, email))).status, 200);
  });

  for (const [what, method, path, body] of [
    ["list users", "GET", "/v1/users", undefined],
    ["invite", "POST", "/v1/users", { email: "x@acme.example", groups: ["admin"] }],
    ["set groups", "PUT", "/v1/users/ID", { groups: ["admin"] }],
    ["remove", "DELETE", "/v1/users/ID", undefined],
  ] as const)
    it(`does not let a member who is no admin ${what}`, async () => {
      const { scenario } = await deployed();
      const victim = await idOf(admin.accessToken, `admin@${TENANT}.example`);
      const { status } = await people.request(scenario.token("john-regular"), path.replace("ID", victim), {
        method,
        ...(body && { body }),
      });
      assert.equal(status, 403);
    });

  it("does not let an admin touch another tenant's user", async () => {
    const victim = await idOf(otherAdmin.accessToken, `admin@${OTHER}.example`);
    assert.equal((await remove(admin.accessToken, victim)).status, 404);
    const { status } = await people.request(admin.accessToken, `/v1/users/${victim}`, {
      method: "PUT",
      body: { groups: [] },
    });
    assert.equal(status, 404);
    assert.ok((await usersOf(otherAdmin.accessToken)).some(({ id }) => id === victim));
  });

  it("keeps the last admin, and groups that the tenant has not", async () => {
    const id = await idOf(admin.accessToken, `admin@${TENANT}.example`);
    assert.equal((await remove(admin.accessToken, id)).status, 409);
    const { status } = await people.request(admin.accessToken, `/v1/users/${id}`, {
      method: "PUT",
      body: { groups: ["regular"] },
    });
    assert.equal(status, 409);
    const { status: unknown } = await invite(admin.accessToken, {
      email: "x@acme.example",
      groups: ["gold"],
    });
    assert.equal(unknown, 400);
  });

  describe("a machine client", () => {
    it("acts for its tenant within its scopes", async () => {
      const token = await people.machine(TENANT, "crm");
      const { body } = await people.request<MeResponse>(token, "/v1/me");
      assert.equal((body as MeResponse).tenant.id, TENANT);
      assert.equal((await people.request(token, "/v1/documents")).status, 200);
    });

    for (const [scope, method, path, body] of [
      [undefined, "POST", "/v1/documents", { name: "a.md", content: "a" }],
      [undefined, "DELETE", "/v1/documents/a.md", undefined],
      [undefined, "GET", "/v1/users", undefined],
      [undefined, "POST", "/v1/users", { email: "x@acme.example", groups: ["admin"] }],
      ["bulkhead/chat", "GET", "/v1/documents", undefined],
      ["bulkhead/documents.read", "POST", "/v1/chat", { question: "What?" }],
    ] as const)
      it(`may not ${method} ${path} with ${scope ?? "all its scopes"}`, async () => {
        const token = await people.machine(TENANT, "crm", scope);
        const { status } = await people.request(token, path, { method, ...(body && { body }) });
        assert.equal(status, 403);
      });

    it("gets no scope that it has not", async () => {
      await assert.rejects(people.machine(TENANT, "crm", "bulkhead/documents.write"), {
        message: "invalid_scope",
      });
    });
  });
});
