import assert from "node:assert/strict";
import { z } from "zod";
import { judge } from "../../runtime/contract/judge.ts";

const schema = z.strictObject({ question: z.string().min(1).max(2000), groups: z.array(z.string()).max(3) });

describe("judging a value that anybody may have written", () => {
  it("gives what is right", () => {
    const value = { question: "Why?", groups: ["regular"] };
    assert.deepEqual(judge(schema, value), { success: true, data: value });
  });

  it("tells every fault of what is wrong", () => {
    const judged = judge(schema, { question: 1, groups: "regular" });
    assert.ok(!judged.success);
    assert.deepEqual(
      new Set(judged.error.issues.map(({ path }) => path[0])),
      new Set(["question", "groups"]),
    );
  });

  for (const length of [[[{ toString: 0 }]], { valueOf: 0, toString: 0 }])
    it(`refuses a length that can't be a number: ${JSON.stringify(length)}`, () => {
      const value = { question: { length }, groups: [] };
      assert.throws(() => schema.safeParse(value), TypeError, "zod has mended it: judge can go");
      const judged = judge(schema, value);
      assert.ok(!judged.success);
      assert.match(judged.error.message, /holds an object/);
    });

  it("lets what is no fault of the value through", () => {
    const broken = z.string().refine(() => {
      throw new RangeError("of the schema");
    });
    assert.throws(() => judge(broken, "x"), RangeError);
  });
});
