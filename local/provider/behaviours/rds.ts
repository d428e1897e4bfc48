/** Aurora clusters; PostgreSQL runs behind each. Faults are those of RDS's API reference. */
import { AwsError } from "../../gateway/contract.ts";
import { SecretsStore } from "../../gateway/services/secrets-store.ts";
import type { Behaviours, Draft } from "../behaviour.ts";
import { LOWER, characters, uuid } from "../ids.ts";
import { findKey } from "../references.ts";
import { isObject, text, type Properties } from "../values.ts";

const CLUSTER = "aws:rds/cluster:Cluster";
const INSTANCE = "aws:rds/clusterInstance:ClusterInstance";
const PARAMETERS = "aws:rds/clusterParameterGroup:ClusterParameterGroup";
const SUBNETS = "aws:rds/subnetGroup:SubnetGroup";

/** The host names of a cluster of a region, with the label that RDS makes for the account. */
const host = (name: string, kind: string, { place }: Draft): string =>
  `${name}.${kind}${characters(place.account, LOWER, 12)}.${place.region}.rds.amazonaws.com`;

function must(found: boolean, code: string, message: string): void {
  if (!found) throw new AwsError(code, message, 404);
}

function verifyCluster({ account, inputs }: Draft): void {
  const subnets = text(inputs, "dbSubnetGroupName");
  must(
    subnets === "" || account.resource(SUBNETS, subnets) !== undefined,
    "DBSubnetGroupNotFoundFault",
    `DB subnet group '${subnets}' does not exist.`,
  );
  const parameters = text(inputs, "dbClusterParameterGroupName");
  must(
    parameters === "" || account.resource(PARAMETERS, parameters) !== undefined,
    "DBClusterParameterGroupNotFound",
    `DBClusterParameterGroup not found: ${parameters}`,
  );
  for (const argument of ["kmsKeyId", "masterUserSecretKmsKeyId"]) {
    const key = text(inputs, argument);
    must(
      key === "" || findKey(account, key) !== undefined,
      "KMSKeyNotAccessibleFault",
      `The specified KMS key [${key}] does not exist, is not enabled or you do not have permissions to access it.`,
    );
  }
}

function removable(inputs: Properties): void {
  if (inputs["deletionProtection"] === true)
    throw new AwsError(
      "InvalidParameterCombination",
      "Cannot delete protected Cluster, please disable deletion protection and try again.",
    );
  if (inputs["skipFinalSnapshot"] !== true && text(inputs, "finalSnapshotIdentifier") === "")
    throw new AwsError(
      "InvalidParameterCombination",
      "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
    );
}

/** PostgreSQL starts while other resources are made: the first instance waits for it. */
function startServer({ id, inputs, gateway }: Draft): Promise<undefined> {
  const { databases } = gateway;
  databases.masterPassword(id);
  databases.start({
    cluster: id,
    database: text(inputs, "databaseName"),
    master: text(inputs, "masterUsername"),
  });
  return Promise.resolve(undefined);
}

async function awaitServer({ account, inputs, gateway }: Draft): Promise<undefined> {
  const cluster = text(inputs, "clusterIdentifier");
  await gateway.databases.ready(cluster);
  const record = account.resource(CLUSTER, cluster);
  const [managed] = (record?.outputs["masterUserSecrets"] ?? []) as { secretArn: string }[];
  const secrets = new SecretsStore(account);
  const secret = managed && secrets.find(managed.secretArn);
  if (!secret || Object.keys(secrets.read(secret).versions).length > 0) return;
  const username = text(record?.inputs ?? {}, "masterUsername");
  const value = { username, password: gateway.databases.masterPassword(cluster) };
  secrets.put(secret, JSON.stringify(value), []);
}

export const rds: Behaviours = {
  [CLUSTER]: {
    defaults: { engineMode: "provisioned", port: 5432, storageType: "aurora" },
    id: (inputs) => text(inputs, "clusterIdentifier"),
    conflict: () => new AwsError("DBClusterAlreadyExistsFault", "DB Cluster already exists"),
    verify: verifyCluster,
    outputs: (draft) => {
      const { id, inputs, place, before } = draft;
      const managed = inputs["manageMasterUserPassword"] === true;
      const secretArn = `arn:${place.partition}:secretsmanager:${place.region}:${place.account}:secret:rds!cluster-${uuid(id)}-${characters(id, LOWER, 6)}`;
      return {
        endpoint: host(id, "cluster-", draft),
        readerEndpoint: host(id, "cluster-ro-", draft),
        clusterResourceId: before?.outputs["clusterResourceId"] ?? `cluster-${characters(id, LOWER, 26)}`,
        engineVersionActual: text(inputs, "engineVersion"),
        masterUserSecrets: managed
          ? [{ secretArn, kmsKeyId: text(inputs, "masterUserSecretKmsKeyId"), secretStatus: "active" }]
          : [],
      };
    },
    apply: startServer,
    remove: async (record, { gateway }) => {
      removable(record.inputs);
      const left = gateway.account
        .resources(INSTANCE)
        .some((each) => each.inputs["clusterIdentifier"] === record.id);
      if (left)
        throw new AwsError(
          "InvalidDBClusterStateFault",
          "Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
        );
      await gateway.databases.remove(record.id);
    },
  },
  [INSTANCE]: {
    defaults: { promotionTier: 0, publiclyAccessible: false },
    id: (inputs) => text(inputs, "identifier"),
    conflict: () => new AwsError("DBInstanceAlreadyExists", "DB instance already exists"),
    verify: ({ account, inputs }) => {
      const cluster = text(inputs, "clusterIdentifier");
      const record = account.resource(CLUSTER, cluster);
      must(record !== undefined, "DBClusterNotFoundFault", `DBCluster ${cluster} not found.`);
      if (
        inputs["instanceClass"] === "db.serverless" &&
        !isObject(record?.inputs["serverlessv2ScalingConfiguration"])
      )
        throw new AwsError(
          "InvalidParameterCombination",
          "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.",
        );
    },
    outputs: (draft) => ({
      dbiResourceId: `db-${characters(draft.id, LOWER, 26)}`,
      endpoint: host(draft.id, "", draft),
      port: 5432,
      storageEncrypted: true,
      writer: draft.inputs["promotionTier"] === 0,
    }),
    apply: awaitServer,
  },
  [PARAMETERS]: {
    id: (inputs) => text(inputs, "name"),
    conflict: (inputs) =>
      new AwsError("DBParameterGroupAlreadyExists", `Parameter group ${text(inputs, "name")} already exists`),
  },
  [SUBNETS]: {
    id: (inputs) => text(inputs, "name"),
    conflict: (inputs) =>
      new AwsError(
        "DBSubnetGroupAlreadyExists",
        `The DB subnet group '${text(inputs, "name")}' already exists.`,
      ),
  },
};
