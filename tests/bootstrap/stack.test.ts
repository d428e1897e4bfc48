import assert from "node:assert/strict";
import { Life, isUnchanged, timed } from "../lifecycle/support/lifecycle.ts";

describe("the bootstrap's stack", function () {
  this.timeout(300_000);
  this.bail(true);
  const life = new Life("account", (project) => {
    project.write(
      "bootstrap/Pulumi.account.yaml",
      [
        "config:",
        "  aws:region: us-east-1",
        "  bulkhead-bootstrap:repository: example/assistant",
        '  bulkhead-bootstrap:environments: ["dev"]',
        "",
      ].join("\n"),
    );
  });

  // The policy pack judges environments; an administrator runs this program, which has no audit of its own and makes the boundary that
  // begins by allowing everything.
  before(() => life.begin("bootstrap", { policyPacks: [] }));
  after(() => life.end());

  it("is made, says where the state is, and is left alone by a second up", async () => {
    const { outputs } = await timed("up", () => life.engine.up());
    assert.deepEqual(outputs, {
      stateBackend: "s3://bulkhead--state-111122223333-us-east-1?region=us-east-1",
      secretsProvider: "awskms://alias/bulkhead--state?region=us-east-1",
      deploymentRoleArn: "arn:aws:iam::111122223333:role/bulkhead-deployer",
    });
    const { changes } = await timed("second up", () => life.engine.up());
    assert.ok(isUnchanged(changes), JSON.stringify(changes));
  });

  it("gives the deployment role its policies and its boundary, and trusts one repository's environments", () => {
    const role = life.resources("aws:iam/role:Role").find(({ id }) => id === "bulkhead-deployer");
    const trust = String(role?.outputs["assumeRolePolicy"]);
    assert.match(trust, /"repo:example\/assistant:environment:dev"/);
    assert.doesNotMatch(trust, /StringLike|\*/);
    assert.match(String(role?.outputs["permissionsBoundary"]), /policy\/bulkhead-deployer-boundary$/);
  });
});
