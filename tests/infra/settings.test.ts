import assert from "node:assert/strict";
import { dirname } from "node:path";
import { readSettings } from "../../infra/settings.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const source = (values: Record<string, string>) => ({ get: (key: string) => values[key] });
const DEPLOYER = { deploymentRoleArns: '["arn:aws:iam::111122223333:role/deployer"]' };

describe("the settings of a stack", () => {
  it("have the defaults that Pulumi.yaml declares", () => {
    const settings = readSettings(ROOT, source(DEPLOYER), "dev");
    assert.equal(settings.environment, "dev");
    assert.equal(settings.embeddingDimensions, 1024);
    assert.equal(settings.passwordSignIn, false);
    assert.equal(settings.protectTenants, true);
    assert.deepEqual(settings.collectionVpcEndpointIds, []);
  });

  it("that are wrong are all told at once: key, value and what is allowed", () => {
    const wrong = {
      deploymentRoleArns: '["*"]',
      embeddingDimensions: "300",
      referenceFolder: "../elsewhere",
      passwordSignIn: "yes",
      dataSessionSeconds: "60",
      functionSubnetIds: '["subnet-0123456789abcdef0"]',
    };
    assert.throws(
      () => readSettings(ROOT, source(wrong), "Dev"),
      ({ message }: Error) =>
        [
          /stack "Dev": the stack's name is the environment's/,
          /bulkhead:deploymentRoleArns is \["\*"\]: must be a role's ARN/,
          /bulkhead:embeddingDimensions is 300: must be 256, 512 or 1024/,
          /bulkhead:referenceFolder is "\.\.\/elsewhere": must be a folder inside the project/,
          /bulkhead:passwordSignIn is "yes"/,
          /bulkhead:dataSessionSeconds is 60/,
        ].every((words) => words.test(message)),
    );
  });

  it("that have no default must be set", () => {
    assert.throws(
      () => readSettings(ROOT, source({}), "dev"),
      /bulkhead:deploymentRoleArns is not set.*Pulumi\.dev\.yaml/s,
    );
  });

  it("leave out edge, network and audit on stack local alone", () => {
    const omit = { ...DEPLOYER, omit: '["agent", "network", "audit"]' };
    assert.deepEqual(readSettings(ROOT, source(omit), "local").omit, ["agent", "network", "audit"]);
    assert.throws(
      () => readSettings(ROOT, source(omit), "dev"),
      /bulkhead:omit names network, audit: only stack local may go without/,
    );
    assert.throws(
      () => readSettings(ROOT, source({ ...DEPLOYER, omit: '["firewall"]' }), "local"),
      /bulkhead:omit .* "firewall" is none of edge, network, audit, agent, claims/,
    );
  });

  it("name subnets and security groups together or not at all", () => {
    const half = { ...DEPLOYER, functionSubnetIds: '["subnet-0123456789abcdef0"]' };
    assert.throws(() => readSettings(ROOT, source(half), "dev"), /go together/);
  });
});
