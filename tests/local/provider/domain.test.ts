import assert from "node:assert/strict";
import { Harness } from "./support/harness.ts";

const DOMAIN = "aws:opensearch/domain:Domain";
const POLICY = "aws:opensearch/domainPolicy:DomainPolicy";
const NAME = "bulkhead-dev";
const MASTER = "arn:aws:iam::111122223333:role/bulkhead-deployer";
const naming = (arn: string) =>
  JSON.stringify({
    Statement: [{ Effect: "Allow", Principal: { AWS: arn }, Action: "es:*", Resource: "*" }],
  });
const secured = (more: object = {}) => ({
  domainName: NAME,
  advancedSecurityOptions: { enabled: true, masterUserOptions: { masterUserArn: MASTER }, ...more },
});

describe("OpenSearch domains", () => {
  let harness: Harness;
  beforeEach(() => {
    harness = new Harness();
  });
  afterEach(() => {
    harness.close();
  });

  it("have an ARN, an id and an endpoint, all from their name", async () => {
    const made = await harness.create(DOMAIN, "domain", secured());
    assert.equal(made.id, `arn:aws:es:us-east-1:111122223333:domain/${NAME}`);
    const { arn, domainId, endpoint } = made.outputs;
    const host = harness.gateway.origin.replace("http://", "");
    assert.deepEqual([arn, domainId, endpoint], [made.id, `111122223333/${NAME}`, `${host}/_domain/${NAME}`]);
    await assert.rejects(harness.create(DOMAIN, "other", secured()), {
      code: "ResourceAlreadyExistsException",
    });
  });

  it("take all that they hold with them, and nothing of a domain whose name starts the same", async () => {
    const made = await harness.create(DOMAIN, "domain", secured());
    const { account } = harness.gateway;
    const tables = ["indices", "documents", "aliases", "security"].map((name) =>
      account.table<object>(`domain-${name}`),
    );
    for (const table of tables) for (const name of [NAME, `${NAME}-2`]) table.put(`${name}/x`, {});
    await harness.delete(DOMAIN, "domain", made);
    for (const table of tables)
      assert.deepEqual(
        [...table.entries()].map(([key]) => key),
        [`${NAME}-2/x`],
      );
  });

  it("know no users and passwords, and no principals that are not there", async () => {
    await assert.rejects(harness.create(DOMAIN, "d", secured({ internalUserDatabaseEnabled: true })), {
      code: "ValidationException",
    });
    const accessPolicies = naming("arn:aws:iam::111122223333:role/absent");
    await assert.rejects(harness.create(DOMAIN, "d", { ...secured(), accessPolicies }), {
      code: "InvalidTypeException",
    });
  });

  it("have one access policy, which needs its domain", async () => {
    const policy = { domainName: NAME, accessPolicies: naming(MASTER) };
    await assert.rejects(harness.create(POLICY, "policy", policy), { code: "ResourceNotFoundException" });
    await harness.create(DOMAIN, "domain", secured());
    const made = await harness.create(POLICY, "policy", policy);
    assert.equal(made.id, `esd-policy-${NAME}`);
    await assert.rejects(harness.create(POLICY, "second", policy), { code: "ConflictException" });
  });
});
