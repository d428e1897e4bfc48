import assert from "node:assert/strict";
import { readBootstrapSettings } from "../../bootstrap/settings.ts";

const config = (values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`bulkhead-bootstrap:${key}`, value]));
const RIGHT = { repository: "example/assistant", environments: '["dev"]' };

describe("the settings of the bootstrap", () => {
  it("have the defaults that its Pulumi.yaml declares", () => {
    assert.deepEqual(readBootstrapSettings({ ...config(RIGHT), "aws:region": "eu-west-1" }), {
      repository: "example/assistant",
      environments: ["dev"],
      stateLockDays: 30,
      existing: [],
    });
  });

  it("that are wrong are all told at once: key, value and what is allowed", () => {
    const wrong = {
      repository: "https://github.com/example/assistant",
      environments: '["Production"]',
      stateLockDays: "0",
      existing: '["s3.amazonaws.com"]',
      repositry: "example/assistant",
    };
    assert.throws(
      () => readBootstrapSettings(config(wrong)),
      ({ message }: Error) => {
        for (const words of [
          /bulkhead-bootstrap:repository is "https:\/\/github\.com\/example\/assistant": must be a repository, as owner\/name/,
          /bulkhead-bootstrap:environments is \["Production"\]: must be 2 to 8 lower-case/,
          /bulkhead-bootstrap:stateLockDays is 0/,
          /bulkhead-bootstrap:existing is \["s3\.amazonaws\.com"\]: must be one of github, apigateway, /,
          /bulkhead-bootstrap:repositry is no setting; there are: repository, /,
        ])
          assert.match(message, words);
        return true;
      },
    );
  });

  it("that have no default must be set", () => {
    assert.throws(
      () => readBootstrapSettings({}),
      /bulkhead-bootstrap:repository is not set.*bulkhead-bootstrap:environments is not set/s,
    );
  });
});
