import assert from "node:assert/strict";
import { noEndpointOverride } from "../../../policies/rules/no-endpoint-override.ts";
import { resource, UNKNOWN, violations } from "../support/stack.ts";

const FUNCTION = "aws:lambda/function:Function";
const withVariables = (variables: unknown) => resource(FUNCTION, "chat", { environment: { variables } });

describe("rule no-endpoint-override", () => {
  it("passes a function without such a variable, or without any", async () => {
    const stack = [
      withVariables({ REGISTRY_TABLE: "t", MY_AWS_ENDPOINT_URL: "x" }),
      resource(FUNCTION, "bare", {}),
    ];
    assert.deepEqual(await violations(noEndpointOverride, stack), []);
  });

  for (const name of [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "aws_endpoint_url",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
  ])
    it(`refuses ${name}`, async () => {
      assert.deepEqual(
        await violations(noEndpointOverride, [withVariables({ OTHER: "x", [name]: UNKNOWN })]),
        [`chat: sets ${name}, which redirects AWS endpoints`],
      );
    });

  it("does not call unknown variables passed", async () => {
    const unproven = "chat: not proven: the environment variables' names are not known before deployment";
    assert.deepEqual(await violations(noEndpointOverride, [withVariables(UNKNOWN)]), [unproven]);
    const environment = resource(FUNCTION, "chat", { environment: UNKNOWN });
    assert.deepEqual(await violations(noEndpointOverride, [environment]), [unproven]);
  });

  it("does not call variables in another form passed", async () => {
    for (const variables of ["AWS_ENDPOINT_URL=x", ["AWS_ENDPOINT_URL=x"], 1])
      assert.deepEqual(await violations(noEndpointOverride, [withVariables(variables)]), [
        "chat: not proven: the environment variables are not understood: expected an object",
      ]);
    assert.deepEqual(await violations(noEndpointOverride, [withVariables(null)]), []);
  });

  it("looks at functions only", async () => {
    const other = resource("aws:ecs/service:Service", "x", {
      environment: { variables: { AWS_ENDPOINT_URL: "y" } },
    });
    assert.deepEqual(await violations(noEndpointOverride, [other]), []);
  });
});
