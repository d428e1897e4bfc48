/** Resources as a policy pack gets them, read for the model. */
import assert from "node:assert/strict";
import { Unknown } from "../../../../policies/isolation/model/resource.ts";
import { fromStack } from "../../../../policies/isolation/model/sources/stack.ts";
import { UNKNOWN_STRING } from "../../support/engine-values.ts";
import { policyResources } from "../../support/program.ts";

const URN = "urn:pulumi:dev::bulkhead::aws:s3/bucket:Bucket::bucket";
const props = {
  bucket: "data-acme",
  arn: UNKNOWN_STRING,
  tags: { tenant_id: "acme", of: UNKNOWN_STRING, none: null },
  list: ["a", UNKNOWN_STRING, { deep: UNKNOWN_STRING }],
  secret: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "in clear" },
};
const registered = {
  urn: URN,
  type: "aws:s3/bucket:Bucket",
  name: "bucket",
  parent: "",
  protect: false,
  dependencies: [],
  references: {},
  props,
};

describe("a policy pack's resources", () => {
  it("are read with a symbol for each value that is not known yet", () => {
    const [read] = fromStack(policyResources([registered]));
    const unknown = (path: string): Unknown => new Unknown(URN, path);
    assert.deepEqual(read?.props, {
      bucket: "data-acme",
      arn: unknown("arn"),
      tags: { tenant_id: "acme", of: unknown("tags.of"), none: null },
      list: ["a", unknown("list[1]"), { deep: unknown("list[2].deep") }],
      secret: "in clear",
    });
  });

  it("stop the reading if they hide what is not known in another way than the SDK's", () => {
    const hidden = new Proxy(props, {
      get: (of, name) => {
        if (name === "arn") throw new Error("arn is not known");
        return Reflect.get(of, name) as unknown;
      },
    });
    assert.throws(() => fromStack([{ urn: URN, type: registered.type, props: hidden }]), /arn is not known/);
  });
});
