/** Functions that decide who may come in: when a service that they need fails they decide nothing, and never for the caller. */
import assert from "node:assert/strict";
import { DEPENDENCIES } from "../../runtime/shared/dependencies.ts";
import { createPool, sign } from "../runtime/support/tokens.ts";
import { HURRY, type Policy } from "./support/functions.ts";
import { MISBEHAVIOUR, type Misbehaviour } from "./support/misbehaviour.ts";
import { setting } from "./support/setting.ts";

const SLACK_MS = 4000;
const FAULTS = (Object.keys(MISBEHAVIOUR) as Misbehaviour[]).filter((fault) => fault !== "nothing");

describe("faults: deciding functions", function () {
  this.timeout(240_000);
  let token: string;
  const world = setting(["authorizer", "broker"], async ({ keys }) => {
    const pool = await createPool();
    keys.push(pool.jwk);
    token = await sign(pool);
  });
  const { services } = world;

  beforeEach(async () => {
    services.reset();
    await world.functions.forget();
  });

  const askAuthorizer = (hurry?: Policy) =>
    world.functions.invoke(
      "authorizer",
      {
        type: "TOKEN",
        authorizationToken: `Bearer ${token}`,
        methodArn: "arn:aws:execute-api:us-east-1:111122223333:a/v/GET/v1/me",
      },
      { hurry },
    );
  const askBroker = (hurry?: Policy) => world.functions.invoke("broker", { token }, { hurry });

  for (const fault of FAULTS)
    for (const dependency of ["registry", "sts"] as const)
      it(`decide nothing while ${dependency} is ${fault}`, async () => {
        const hurry = fault === "silent" || fault === "stalled" ? dependency : undefined;
        const { attempts, totalMs } = DEPENDENCIES[dependency];
        const assertBounded = (ms: number): void => {
          const seen = services.counts.get(dependency) ?? 0;
          assert.ok(seen >= 1 && seen <= attempts, `asked ${seen} times`);
          assert.ok(ms < (hurry ? totalMs / HURRY : totalMs) + SLACK_MS, `took ${Math.round(ms)} ms`);
          services.counts.clear();
        };
        services.decide = (asked) => (asked === dependency ? fault : undefined);
        const broker = await askBroker(hurry);
        assert.deepEqual(broker.value, { granted: false, code: "unavailable" });
        assertBounded(broker.ms);
        if (dependency === "sts") return;
        const { value, error, ms } = await askAuthorizer(hurry);
        assert.deepEqual([value, error?.errorMessage], [undefined, "authorization is not available"]);
        assertBounded(ms);
      });

  it("decide again once all is well", async () => {
    const { value } = await askAuthorizer();
    assert.equal(
      (value as { policyDocument: { Statement: { Effect: string }[] } }).policyDocument.Statement[0]!.Effect,
      "Allow",
    );
    assert.equal(((await askBroker()).value as { granted: boolean }).granted, true);
  });
});
