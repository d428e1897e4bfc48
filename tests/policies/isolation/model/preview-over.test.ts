import assert from "node:assert/strict";
import { Unknown } from "../../../../policies/isolation/model/resource.ts";
import { fromPreview } from "../../../../policies/isolation/model/sources/preview.ts";

const URN = "urn:pulumi:dev::bulkhead::aws:kms/key:Key::key";
const oldState = {
  urn: URN,
  type: "aws:kms/key:Key",
  inputs: { policy: "old" },
  outputs: { keyId: "1234", policy: "old" },
};
const newState = { urn: URN, type: "aws:kms/key:Key", inputs: { policy: "new" } };

/** Properties of the key after a step, as the engine writes it: outputs in the old state alone. */
const after = (op: string, inputs: Record<string, unknown> = newState.inputs) =>
  fromPreview({ steps: [{ op, urn: URN, oldState, newState: { ...newState, inputs } }] })[0]?.props;

describe("a preview over what is deployed", () => {
  it("keeps what AWS named a resource by, where the resource stays", () => {
    assert.deepEqual(after("same", { policy: "old" }), { keyId: "1234", policy: "old" });
    assert.deepEqual(after("update"), { keyId: "1234", policy: "new" });
  });

  it("takes a new value for the new one, though it is not known yet", () => {
    const props = after("update", { policy: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" });
    assert.ok(props?.["policy"] instanceof Unknown);
  });

  it("keeps nothing of what is replaced", () => {
    assert.deepEqual(after("create-replacement"), { policy: "new" });
    assert.deepEqual(after("replace"), { policy: "new" });
  });
});
