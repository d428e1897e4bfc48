import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ENVIRONMENT,
  isTenantId,
  platformNames,
  tenantNames,
  FUNCTIONS,
} from "../../runtime/contract/names.ts";

/** Every id of the grammar, adversarial ones likelier: short parts that prefix each other. */
export const tenantId = fc
  .array(fc.stringMatching(/^[a-z0-9]{1,6}$/), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("-"))
  .filter(isTenantId);
const environment = fc.stringMatching(ENVIRONMENT).filter((name) => name.length <= 8);
const place = fc.record({
  environment,
  account: fc.stringMatching(/^\d{12}$/),
  region: fc.constantFrom("us-east-1", "ap-southeast-2"),
});

describe("names of a tenant", () => {
  it("meet AWS's rules for every legal id", () => {
    fc.assert(
      fc.property(place, tenantId, (where, id) => {
        const names = tenantNames(where, id);
        assert.match(names.bucket, /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/);
        assert.match(names.collection, /^[a-z][a-z0-9-]{2,31}$/);
        assert.match(names.knowledgeBase, /^([0-9a-zA-Z][_-]?){1,100}$/);
        assert.match(names.dataRoleName, /^[\w+=,.@-]{1,64}$/);
        assert.match(names.knowledgeBaseRoleName, /^[\w+=,.@-]{1,64}$/);
        assert.match(names.keyAlias, /^alias\/[a-zA-Z0-9/_-]{1,250}$/);
      }),
    );
  });

  it("are shared with no other tenant, and none is another's ARN or pattern's prefix up to its end", () => {
    fc.assert(
      fc.property(place, tenantId, tenantId, (where, a, b) => {
        fc.pre(a !== b);
        const [mine, theirs] = [tenantNames(where, a), tenantNames(where, b)];
        const all = new Set<string>(Object.values(theirs));
        for (const name of Object.values(mine)) assert.ok(!all.has(name), name);
        // What ends in `/` or is followed by `.` or `/` in a pattern can't be the start of another tenant's.
        assert.ok(!theirs.objectPrefix.startsWith(mine.objectPrefix));
        assert.ok(!`${theirs.bucketArn}/`.startsWith(`${mine.bucketArn}/`));
        assert.ok(!`${theirs.poolAlias}.`.startsWith(`${mine.poolAlias}.`));
      }),
    );
  });

  it("are none of the platform's", () => {
    fc.assert(
      fc.property(place, tenantId, (where, id) => {
        const platform = platformNames(where);
        const taken = new Set([
          ...Object.values(platform).filter((value) => typeof value === "string"),
          ...FUNCTIONS.flatMap((fn) => [platform.functionName(fn), platform.functionRoleName(fn)]),
        ]);
        for (const name of Object.values(tenantNames(where, id))) assert.ok(!taken.has(name), name);
      }),
    );
  });

  it("exist for ids only", () => {
    const where = { environment: "dev", account: "111122223333", region: "us-east-1" };
    for (const id of [
      "",
      "ab",
      "Acme",
      "acme_1",
      "-acme",
      "acme-",
      "a--b",
      "1acme",
      "acme.x",
      "a".repeat(21),
      "acmé",
      "acme\n",
    ]) {
      assert.throws(() => tenantNames(where, id), RangeError, id);
    }
  });
});
