import assert from "node:assert/strict";
import { Harness } from "./support/harness.ts";

const CLUSTER = "aws:rds/cluster:Cluster";
const INSTANCE = "aws:rds/clusterInstance:ClusterInstance";
const SERVERLESS = {
  clusterIdentifier: "claims",
  engine: "aurora-postgresql",
  engineMode: "provisioned",
  manageMasterUserPassword: true,
  serverlessv2ScalingConfiguration: { minCapacity: 0, maxCapacity: 4 },
};
const MEMBER = {
  identifier: "claims-0",
  clusterIdentifier: "claims",
  engine: "aurora-postgresql",
  instanceClass: "db.serverless",
};

describe("Aurora clusters", () => {
  let harness: Harness;
  beforeEach(() => {
    harness = new Harness();
  });
  afterEach(() => {
    harness.close();
  });

  it("have a secret that RDS made, and keep what identifies them", async () => {
    const made = await harness.create(CLUSTER, "c", { ...SERVERLESS, skipFinalSnapshot: true });
    const [secret] = made.outputs["masterUserSecrets"] as { secretArn: string }[];
    assert.match(secret?.secretArn ?? "", /:secret:rds!cluster-/);
    const changed = { ...SERVERLESS, skipFinalSnapshot: true, copyTagsToSnapshot: true };
    const updated = await harness.update(CLUSTER, "c", made, changed);
    assert.deepEqual(updated.outputs["masterUserSecrets"], made.outputs["masterUserSecrets"]);
    assert.equal(updated.outputs["clusterResourceId"], made.outputs["clusterResourceId"]);
  });

  it("take groups and keys that are there", async () => {
    for (const [missing, code] of [
      [{ dbSubnetGroupName: "none" }, "DBSubnetGroupNotFoundFault"],
      [{ dbClusterParameterGroupName: "none" }, "DBClusterParameterGroupNotFound"],
      [{ kmsKeyId: "arn:aws:kms:us-east-1:111122223333:key/none" }, "KMSKeyNotAccessibleFault"],
    ] as const)
      await assert.rejects(harness.create(CLUSTER, "c", { ...SERVERLESS, ...missing }), { code });
  });

  it("are deleted without protection, with a word on snapshots, and after their instances", async () => {
    const kept = await harness.create(CLUSTER, "c", { ...SERVERLESS, deletionProtection: true });
    await assert.rejects(harness.delete(CLUSTER, "c", kept), { message: /protected Cluster/ });
    const silent = await harness.update(CLUSTER, "c", kept, SERVERLESS);
    await assert.rejects(harness.delete(CLUSTER, "c", silent), { message: /FinalDBSnapshotIdentifier/ });
    const free = await harness.update(CLUSTER, "c", silent, { ...SERVERLESS, skipFinalSnapshot: true });
    const member = await harness.create(INSTANCE, "i", MEMBER);
    await assert.rejects(harness.delete(CLUSTER, "c", free), { code: "InvalidDBClusterStateFault" });
    await harness.delete(INSTANCE, "i", member);
    await harness.delete(CLUSTER, "c", free);
  });

  it("have serverless instances if they scale", async () => {
    await assert.rejects(harness.create(INSTANCE, "i", MEMBER), { code: "DBClusterNotFoundFault" });
    await harness.create(CLUSTER, "c", { clusterIdentifier: "claims", engine: "aurora-postgresql" });
    await assert.rejects(harness.create(INSTANCE, "i", MEMBER), { code: "InvalidParameterCombination" });
  });
});
