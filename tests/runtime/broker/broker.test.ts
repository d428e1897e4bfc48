import assert from "node:assert/strict";

import type { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

import { createBroker, createMint } from "../../../runtime/broker/broker.ts";
import { createAssumeSharedRole, createAssumeTenantRole } from "../../../runtime/shared/assume-role.ts";
import { DependencyUnavailable, InvalidToken } from "../../../runtime/shared/errors.ts";
import type { Identity } from "../../../runtime/shared/token.ts";
import { registryItem } from "../support/grants.ts";
import { logged } from "../support/quiet.ts";
import { SUB } from "../support/tokens.ts";

const TEMPLATE = "arn:aws:iam::111122223333:role/bulkhead.test.data.{tenant}";
const MEMBERS = "arn:aws:iam::111122223333:role/bulkhead.test.members";
const identity = (tenantId: string, seconds = 3600): Identity => ({
  tenantId,
  sub: SUB,
  username: "john-regular",
  issuer: "https://issuer.example",
  groups: ["regular"],
  expiresAt: Math.floor(Date.now() / 1000) + seconds,
});

/** An STS that grants everything and remembers what it was asked. */
function fakeSts(seconds = 900) {
  const inputs: AssumeRoleCommand["input"][] = [];
  const sts = {
    send: (command: AssumeRoleCommand) => {
      inputs.push(command.input);
      const Expiration = new Date(Date.now() + seconds * 1000);
      return Promise.resolve({
        Credentials: { AccessKeyId: "AKID", SecretAccessKey: "s3cret", SessionToken: "session", Expiration },
      });
    },
  } as unknown as STSClient;
  return { sts, inputs };
}

const mintsOf = (sts: STSClient, seconds: number) => ({
  data: createMint(createAssumeTenantRole(sts, "DATA_ROLE_ARN_TEMPLATE", TEMPLATE), seconds),
  members: createMint(createAssumeSharedRole(sts, "MEMBERS_ROLE_ARN", MEMBERS), seconds),
});

const verify = (token: string | undefined) =>
  token?.startsWith("good-") === true
    ? Promise.resolve(identity(token.slice(5)))
    : Promise.reject(new InvalidToken("signature"));

const BUDGETS = { standard: { questions: 7, tokens: 70 }, premium: { questions: 9, tokens: 90 } };

describe("broker", () => {
  const active = (tenantId: string) => Promise.resolve(registryItem(tenantId));

  it("mints credentials of the token's tenant, tagged and marked", async () => {
    const { sts, inputs } = fakeSts();
    const broker = createBroker(verify, active, mintsOf(sts, 900), BUDGETS);
    const { result, lines } = await logged(() => broker({ token: "good-acme" }));
    assert.ok(result.granted);
    assert.deepEqual(result.grant.tenant, { id: "acme", budget: BUDGETS.standard });
    assert.equal(result.grant.expires, result.grant.credentials.expiration);
    assert.deepEqual(inputs, [
      {
        RoleArn: "arn:aws:iam::111122223333:role/bulkhead.test.data.acme",
        RoleSessionName: "acme.11111111-222",
        SourceIdentity: SUB,
        Tags: [{ Key: "tenant_id", Value: "acme" }],
        DurationSeconds: 900,
      },
    ]);
    for (const secret of ["AKID", "s3cret", "session", "good-acme"])
      assert.ok(!JSON.stringify(lines).includes(secret));
  });

  it("gives admins alone the credentials that write the tenant's users", async () => {
    const { sts, inputs } = fakeSts();
    const admin = { ...identity("acme"), groups: ["regular", "admin"] };
    const broker = createBroker(
      (token) => (token === "admin" ? Promise.resolve(admin) : verify(token)),
      active,
      mintsOf(sts, 900),
      BUDGETS,
    );
    for (const token of ["good-acme", "good-globex"])
      assert.deepEqual((await logged(() => broker({ token, role: "members" }))).result, {
        granted: false,
        code: "forbidden",
      });
    assert.deepEqual(inputs, []);
    const { result } = await logged(() => broker({ token: "admin", role: "members" }));
    assert.ok(result.granted);
    assert.deepEqual(
      inputs.map(({ RoleArn, Tags }) => ({ RoleArn, Tags })),
      [{ RoleArn: MEMBERS, Tags: [{ Key: "tenant_id", Value: "acme" }] }],
    );
  });

  it("ends a grant with the token where that comes first", async () => {
    const { sts } = fakeSts(3600);
    const soon = identity("acme", 120);
    const broker = createBroker(() => Promise.resolve(soon), active, mintsOf(sts, 3600), BUDGETS);
    const { result } = await logged(() => broker({ token: "t" }));
    assert.ok(result.granted);
    assert.equal(Date.parse(result.grant.expires), soon.expiresAt * 1000);
  });

  for (const [left, asked, wanted] of [
    [3600, 3600, 3600],
    [3600, 1800, 1800],
    [1200, 3600, 1200],
    [60, 3600, 900],
  ] as const)
    it(`asks for ${wanted} s with ${left} s of the token left and a limit of ${asked}`, async () => {
      const { sts, inputs } = fakeSts();
      await mintsOf(sts, asked).data(identity("acme", left));
      assert.ok(Math.abs(inputs[0]!.DurationSeconds! - wanted) <= 1, String(inputs[0]!.DurationSeconds));
    });

  for (const [name, request] of [
    ["another tenant beside the token", { token: "good-acme", tenant: "globex" }],
    ["a tenant id beside the token", { token: "good-acme", tenant_id: "globex" }],
    ["a role's ARN beside the token", { token: "good-acme", roleArn: TEMPLATE }],
    ["another role", { token: "good-acme", role: "ingest" }],
    ["a role that is an ARN", { token: "good-acme", role: MEMBERS }],
    ["a role that is null", { token: "good-acme", role: null }],
    ["no token", {}],
    ["a token that is no text", { token: { toString: () => "good-acme" } }],
    ["a list", ["good-acme"]],
    ["text", "good-acme"],
    ["nothing", null],
  ] as const)
    it(`refuses a request with ${name}`, async () => {
      const { sts, inputs } = fakeSts();
      const broker = createBroker(verify, active, mintsOf(sts, 900), BUDGETS);
      const { result } = await logged(() => broker(request));
      assert.deepEqual(result, { granted: false, code: "invalid-request" });
      assert.equal(inputs.length, 0);
    });

  for (const [name, code, token, readStatus] of [
    ["a bad token", "invalid-token", "bad", active],
    ["an unknown tenant", "tenant-not-active", "good-acme", () => Promise.resolve(undefined)],
    [
      "a suspended tenant",
      "tenant-not-active",
      "good-acme",
      () => Promise.resolve(registryItem("acme", { status: "suspended" })),
    ],
    [
      "a registry that is down",
      "unavailable",
      "good-acme",
      () => Promise.reject(new DependencyUnavailable("DynamoDB")),
    ],
  ] as const)
    it(`mints nothing for ${name}`, async () => {
      const { sts, inputs } = fakeSts();
      const broker = createBroker(verify, readStatus, mintsOf(sts, 900), BUDGETS);
      const { result, lines } = await logged(() => broker({ token }));
      assert.deepEqual(result, { granted: false, code });
      assert.equal(inputs.length, 0);
      assert.equal(lines.length, 1);
    });

  it("answers a refusal of STS with a code only", async () => {
    const sts = {
      send: () => Promise.reject(Object.assign(new Error("not authorized: arn:x"), { name: "AccessDenied" })),
    } as unknown as STSClient;
    const broker = createBroker(verify, active, mintsOf(sts, 900), BUDGETS);
    const { result } = await logged(() => broker({ token: "good-acme" }));
    assert.deepEqual(result, { granted: false, code: "unavailable" });
  });

  for (const template of [
    "arn:aws:iam::111122223333:role/data.{tenant}-x",
    "arn:aws:iam::111122223333:role/data",
    "arn:aws:iam::111122223333:role/{tenant}.{tenant}",
    "{tenant}",
  ])
    it(`does not start with the template ${template}`, () => {
      assert.throws(() => createAssumeTenantRole(fakeSts().sts, "DATA_ROLE_ARN_TEMPLATE", template), {
        name: "ConfigurationError",
      });
    });
});
