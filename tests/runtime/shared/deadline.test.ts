import assert from "node:assert/strict";

import { within } from "../../../runtime/shared/deadline.ts";
import { Forbidden } from "../../../runtime/shared/errors.ts";

const never = new AbortController().signal;
const dependency = (totalMs: number) => ({ name: "x", attempts: 1, attemptMs: totalMs, totalMs });

describe("deadline", () => {
  it("passes a result on", async () => {
    assert.equal(await within(dependency(1000), never, () => Promise.resolve(1)), 1);
  });

  it("ends a call that heeds no signal", async () => {
    await assert.rejects(
      within(dependency(20), never, () => new Promise(() => undefined)),
      { name: "DependencyTimeout", status: 504 },
    );
  });

  it("ends with the request that it is a part of", async () => {
    const outer = AbortSignal.timeout(20);
    await assert.rejects(
      within(dependency(60_000), outer, () => new Promise(() => undefined)),
      { name: "DependencyTimeout" },
    );
    await assert.rejects(
      within(dependency(60_000), outer, () => Promise.resolve(1)),
      { name: "DependencyTimeout" },
    );
  });

  it("keeps the cause of a failure, and our own errors as they are", async () => {
    const cause = new Error("down");
    await assert.rejects(
      within(dependency(1000), never, () => Promise.reject(cause)),
      { name: "DependencyUnavailable", cause },
    );
    const own = new Forbidden("no");
    await assert.rejects(
      within(dependency(1000), never, () => Promise.reject(own)),
      (error) => error === own,
    );
  });
});
