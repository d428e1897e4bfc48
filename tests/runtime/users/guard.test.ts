import assert from "node:assert/strict";

import { crud } from "../../../runtime/shared/admin.ts";
import { guard } from "../../../runtime/user-admin/guard.ts";
import { logged } from "../support/quiet.ts";

const input = (action: string, isProtected: unknown) => ({
  kind: "guard",
  name: "dev",
  body: { isProtected },
  revision: "1",
  tf: { action, prev_input: null },
});

describe("user-admin: what stands before an environment's destruction", () => {
  const run = crud({ guard });

  it("refuses to be deleted while the environment is protected, and says what to do", async () => {
    await logged(async () => {
      await run(input("create", true));
      await assert.rejects(
        run(input("delete", true)),
        /dev is not destroyed.*bulkhead:protectTenants is true/s,
      );
    });
  });

  it("goes once it is not", async () => {
    await logged(async () => {
      await run(input("update", false));
      assert.deepEqual(await run(input("delete", false)), { kind: "guard", name: "dev", deleted: true });
    });
  });

  it("takes no other word for it", async () => {
    for (const wrong of [undefined, "false", 0]) await assert.rejects(run(input("delete", wrong)));
  });
});
