import assert from "node:assert/strict";
import { missingForCanary } from "../../../infra/canary.ts";
import { faultsOf } from "../../../runtime/canary/canary.ts";
import { tenantSchema } from "../../../tenants/schema.ts";
import type { Attempted } from "../../../verify/outcome.ts";

const REFUSED: Attempted = {
  name: "data: s3:GetObject",
  group: "s3",
  layer: "resources",
  expected: "refused",
  actual: "refused",
  by: "AccessDenied",
  faults: [],
};

describe("the canary", () => {
  it("holds when every step worked and attacks were refused", () => {
    assert.deepEqual(
      faultsOf({ smoke: [{ tenant: "canary-a", step: "takes a document" }], attacks: [REFUSED] }),
      [],
    );
  });

  it("names what did not hold: a step, an attack, and a round that tried nothing", () => {
    const smoke = [{ tenant: "canary-a", step: "ingests it", fault: "it failed" }];
    const allowed: Attempted = { ...REFUSED, actual: "allowed", faults: ["was allowed"] };
    assert.deepEqual(faultsOf({ smoke, attacks: [allowed] }), [
      "canary-a ingests it: it failed",
      "data: s3:GetObject: was allowed",
      "no attack was carried out",
    ]);
    assert.deepEqual(faultsOf({ smoke: [], attacks: [] }), ["no attack was carried out"]);
  });

  const tenant = (id: string, more: object = {}) =>
    tenantSchema.parse({
      id,
      name: "Canary",
      tier: "pool",
      status: "active",
      plan: "standard",
      admin: "canary@example.com",
      machineClients: [{ name: "canary", scopes: ["chat", "documents.read", "documents.write"] }],
      ...more,
    });

  it("is scheduled where both its tenants are, active and with its client", () => {
    assert.equal(missingForCanary([tenant("canary-a"), tenant("canary-b"), tenant("acme")]), undefined);
  });

  it("says which of them it lacks", () => {
    assert.match(missingForCanary([]) ?? "", /takes canary-a and canary-b, active/);
    for (const lacking of [
      [],
      [tenant("canary-b", { status: "suspended" })],
      [tenant("canary-b", { machineClients: [] })],
    ])
      assert.match(missingForCanary([tenant("canary-a"), ...lacking]) ?? "", /it takes canary-b, active/);
  });
});
