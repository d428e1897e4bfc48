/** The times that the runtime waits fit into those of the services that wait for it. */
import assert from "node:assert/strict";
import { DEPENDENCIES, REQUEST_MS, type Dependency } from "../../runtime/shared/dependencies.ts";

/** Amazon API Gateway's default integration time-out, and the functions' own. */
const GATEWAY_MS = 29_000;
/** `infra/platform.ts` */
const BROKER_MS = 10_000;
/** Amazon Cognito waits as long for a trigger. */
const TRIGGER_MS = 5000;
/** aws-jwt-verify's fetch of a key set: 1.5 s, and one retry. */
const KEY_SET_MS = 3000;
/** Of a bundle of some 20 KB. */
const TRIGGER_COLD_START_MS = 1000;
const COLD_START_MS = 3000;

describe("faults: the policy", () => {
  const of: Readonly<Record<keyof typeof DEPENDENCIES, Dependency>> = DEPENDENCIES;

  it("is sound: an attempt fits into the whole, and there is more than none", () => {
    for (const [key, { attempts, attemptMs, totalMs }] of Object.entries(DEPENDENCIES)) {
      assert.ok(attempts >= 1 && attemptMs > 0, key);
      assert.ok(attemptMs <= totalMs, key);
    }
  });

  it("leaves API Gateway time for a cold start, and the model a quarter of a question", () => {
    assert.ok(REQUEST_MS + COLD_START_MS <= GATEWAY_MS);
    const own = Math.max(of.registry.totalMs, of.embeddingModel.totalMs) + of.tenantStore.totalMs;
    const before = of.broker.totalMs + Math.max(own, of.referenceCorpus.totalMs);
    assert.ok(REQUEST_MS - before >= REQUEST_MS / 4, `${REQUEST_MS - before} ms are left`);
  });

  it("lets the broker answer before its callers and its own time-out give up", () => {
    const chain = KEY_SET_MS + of.registry.totalMs + of.sts.totalMs;
    assert.ok(chain <= of.broker.totalMs, `${chain} ms`);
    assert.ok(of.broker.totalMs < BROKER_MS);
  });

  it("lets the pre-token trigger answer before Cognito gives up", () => {
    assert.ok(of.registry.totalMs + TRIGGER_COLD_START_MS <= TRIGGER_MS);
  });
});
