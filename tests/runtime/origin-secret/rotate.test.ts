import assert from "node:assert/strict";
import fc from "fast-check";
import { rotate } from "../../../runtime/origin-secret/rotate.ts";
import { GRACE_MS, ROTATE_MS } from "../../../runtime/origin-secret/steps.ts";
import { HOUR, MINUTE, World } from "./fakes.ts";

class Killed extends Error {}

/** A secret made, its rules in force, and a distribution that sends it: as a first deployment leaves them. */
async function deployed(): Promise<World> {
  const world = new World();
  await rotate(world.services({ edge: false }), () => world.now);
  world.now += HOUR;
  world.deploy(world.currentValue ?? "");
  world.now += HOUR;
  return world;
}

const run = (world: World): Promise<string[]> => rotate(world.services(), () => world.now);

/** Runs every hour for so many days; no moment may refuse what CloudFront sends. */
async function pass(world: World, days: number): Promise<void> {
  for (let hour = 0; hour < days * 24; hour += 1) {
    await run(world);
    for (let minute = 0; minute < 60; minute += 5) {
      world.now += 5 * MINUTE;
      assert.equal(world.refused(), undefined);
    }
  }
}

describe("the origin's secret", () => {
  it("is made at the first deployment, and accepted before anything is sent", async () => {
    const world = new World();
    const done = await rotate(world.services({ edge: false }), () => world.now);
    assert.deepEqual(done, ["make-first", "accept", "wait for the distribution"]);
    assert.deepEqual(world.accepted, ["secret-1"]);
    // Once more, as every later deployment does.
    assert.deepEqual(await rotate(world.services({ edge: false }), () => world.now), [
      "wait for the distribution",
    ]);
    assert.equal(world.versions, 1);
  });

  it("changes every month, and the old one is dropped a day after", async () => {
    const world = await deployed();
    await pass(world, 29);
    assert.equal(world.currentValue, "secret-1");
    world.now += ROTATE_MS - 29 * 24 * HOUR;
    assert.deepEqual(await run(world), [
      "make-pending",
      "accept",
      "wait for the firewall to have the rule everywhere",
    ]);
    world.now += HOUR;
    assert.deepEqual(await run(world), ["send", "wait for CloudFront to be deployed"]);
    assert.deepEqual(world.sent(), ["secret-2", "secret-1"]);
    world.now += HOUR;
    assert.deepEqual(await run(world), ["promote", "wait for deployments that began before"]);
    assert.deepEqual(world.accepted, ["secret-1", "secret-2"]);
    world.now += GRACE_MS;
    assert.deepEqual(await run(world), ["accept", "wait for the next rotation"]);
    assert.deepEqual(
      [world.currentValue, world.accepted, world.sent()],
      ["secret-2", ["secret-2"], ["secret-2"]],
    );
    await pass(world, 70);
    assert.equal(world.currentValue, "secret-4");
  });

  it("survives a function that is killed at every step, and again at every step after it", async () => {
    const places = ["make pending", "accept", "send", "promote"].flatMap((step) => [
      `before ${step}`,
      `after ${step}`,
    ]);
    for (const first of places)
      for (const second of places) {
        const world = await deployed();
        world.now += ROTATE_MS;
        const left = [first, second];
        world.kill = (where) => {
          if (where !== left[0]) return;
          left.shift();
          throw new Killed(where);
        };
        for (let hour = 0; hour < 36; hour += 1) {
          await run(world).catch((error: unknown) => {
            if (!(error instanceof Killed)) throw error;
          });
          for (let minute = 0; minute < 60; minute += 5) {
            world.now += 5 * MINUTE;
            assert.equal(world.refused(), undefined, `killed ${first}, ${second}`);
          }
        }
        assert.deepEqual(world.accepted, [world.currentValue], `killed ${first}, ${second}`);
        assert.ok(world.versions >= 2);
      }
  });

  it("is never refused: random kills, runs close together, slow CloudFront, deployments that took half a day", async () => {
    const event = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          what: fc.constant("run" as const),
          kill: fc.option(fc.nat({ max: 7 }), { nil: -1 }),
        }),
      },
      {
        weight: 5,
        arbitrary: fc.record({
          what: fc.constant("pass" as const),
          minutes: fc.integer({ min: 1, max: 240 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ what: fc.constant("month" as const) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          what: fc.constant("slow" as const),
          minutes: fc.integer({ min: 1, max: 45 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          what: fc.constant("deploy" as const),
          hours: fc.integer({ min: 0, max: 12 }),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 120 }), async (events) => {
        const world = await deployed();
        const deploys: { at: number; header: string }[] = [];
        const advance = (minutes: number): void => {
          for (let minute = 0; minute < minutes; minute += 1) {
            world.now += MINUTE;
            for (const { header } of deploys.filter(({ at }) => at <= world.now)) world.deploy(header);
            deploys.splice(0, deploys.length, ...deploys.filter(({ at }) => at > world.now));
            assert.equal(world.refused(), undefined);
          }
        };
        for (const each of events) {
          if (each.what === "pass") advance(each.minutes);
          if (each.what === "slow") world.deployMinutes = each.minutes;
          // Nothing is under way in these days.
          if (each.what === "month" && deploys.length === 0) world.now += ROTATE_MS;
          if (each.what === "deploy")
            deploys.push({ at: world.now + each.hours * HOUR, header: world.currentValue ?? "" });
          if (each.what === "run") {
            let calls = 0;
            world.kill = (where) => {
              if (calls++ === each.kill) throw new Killed(where);
            };
            await run(world).catch((error: unknown) => {
              if (!(error instanceof Killed)) throw error;
            });
          }
          assert.equal(world.refused(), undefined);
        }
        // And it comes to an end.
        world.kill = () => undefined;
        advance(13 * 60);
        await pass(world, 4);
        assert.deepEqual(world.accepted, [world.currentValue]);
        assert.deepEqual(world.sent(), [world.currentValue]);
      }),
      { numRuns: 150 },
    );
  });

  it("two runs at once take no step twice", async () => {
    const world = await deployed();
    world.now += ROTATE_MS;
    await Promise.allSettled([run(world), run(world)]);
    await pass(world, 3);
    assert.deepEqual(world.accepted, [world.currentValue]);
  });

  it("is sent at once where CloudFront sends what is refused", async () => {
    const world = await deployed();
    world.deploy("by hand");
    world.now += HOUR;
    assert.deepEqual((await run(world)).at(0), "send");
    world.now += HOUR;
    assert.equal(world.refused(), undefined);
  });
});
