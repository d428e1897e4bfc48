import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ClaimsSchemaInput } from "../runtime/contract/admin-payloads.ts";
import {
  CLAIMS_DATABASE,
  CLAIMS_SCHEMA,
  CLAIMS_SCHEMA_VERSION,
  TENANT_SETTING,
  TENANT_TABLES,
} from "../runtime/contract/claims.ts";
import { platformNames, type Place } from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import type { Placement } from "./network.ts";
import { PlatformFunction, type FunctionDefaults } from "./platform-function.ts";
import type { Settings } from "./settings.ts";
import { TRIAL } from "./trial.ts";

export interface ClaimsDatabaseArgs {
  readonly settings: Settings;
  readonly functions: FunctionDefaults;
  /** Subnets in two zones at least, and a security group that nobody reaches; without it, in the account's own network. */
  readonly placement: Placement | undefined;
}

const ENGINE = "aurora-postgresql";
/** A major version, to which Aurora adds the minor one: naming that would undo its upgrades. */
const MAJOR = "17";
/** Days that a point in time can be restored, and for which a removed tenant's rows are in backups. */
const BACKUP_DAYS = 14;

/**
 * Who did what with the data, without the data: statements with their placeholders, never their parameters. A change of the
 * preloaded libraries acts at the next restart.
 */
const PARAMETERS = [
  { name: "shared_preload_libraries", value: "pg_stat_statements,pgaudit", applyMethod: "pending-reboot" },
  { name: "pgaudit.log", value: "ddl,read,role,write", applyMethod: "immediate" },
  { name: "pgaudit.log_parameter", value: "0", applyMethod: "immediate" },
  { name: "log_parameter_max_length", value: "0", applyMethod: "immediate" },
  { name: "log_statement", value: "none", applyMethod: "immediate" },
  { name: "log_min_duration_statement", value: "-1", applyMethod: "immediate" },
  { name: "rds.force_ssl", value: "1", applyMethod: "immediate" },
] as const;

/**
 * The database of claims, which all tenants share: Aurora PostgreSQL, scaled by load and paused without it. The Data API is
 * the only way in: the security group admits nobody. What keeps tenants apart in it are logins and row-level security.
 */
export class ClaimsDatabase extends pulumi.ComponentResource {
  /** Known once an instance answers. */
  readonly clusterArn: pulumi.Output<string>;
  /** The schema, at its version. */
  readonly schema: pulumi.Resource;

  constructor(name: string, args: ClaimsDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:ClaimsDatabase", name, {}, opts);
    const { settings, functions, placement } = args;
    const { place, keyArn } = functions;
    const names = platformNames(place);
    const protect = settings.protectTenants;
    const inside = { parent: this };
    const subnets =
      placement &&
      new aws.rds.SubnetGroup(
        `${name}-subnets`,
        { name: names.claimsCluster, description: "The database of claims", subnetIds: placement.subnetIds },
        inside,
      );
    const parameters = new aws.rds.ClusterParameterGroup(
      `${name}-parameters`,
      {
        name: names.claimsParameterGroup(MAJOR),
        family: `${ENGINE}${MAJOR}`,
        description: "Audit without data",
        parameters: PARAMETERS.map((parameter) => ({ ...parameter })),
      },
      inside,
    );
    // RDS would make it: without an end and without our key.
    const logs = new aws.cloudwatch.LogGroup(
      `${name}-logs`,
      { name: names.claimsLogGroup, retentionInDays: settings.logRetentionDays, kmsKeyId: keyArn },
      inside,
    );
    const cluster = new aws.rds.Cluster(
      `${name}-cluster`,
      {
        clusterIdentifier: names.claimsCluster,
        engine: ENGINE,
        engineMode: "provisioned", // as Serverless v2 is called
        engineVersion: MAJOR,
        databaseName: CLAIMS_DATABASE,
        masterUsername: "bulkhead_admin",
        manageMasterUserPassword: true,
        masterUserSecretKmsKeyId: keyArn,
        iamDatabaseAuthenticationEnabled: true,
        enableHttpEndpoint: true,
        storageEncrypted: true,
        kmsKeyId: keyArn,
        serverlessv2ScalingConfiguration: {
          minCapacity: settings.claimsMinCapacity,
          maxCapacity: settings.claimsMaxCapacity,
        },
        ...(subnets && {
          dbSubnetGroupName: subnets.name,
          vpcSecurityGroupIds: placement.securityGroupIds,
        }),
        dbClusterParameterGroupName: parameters.name,
        enabledCloudwatchLogsExports: ["postgresql"],
        backupRetentionPeriod: BACKUP_DAYS,
        preferredBackupWindow: "02:00-03:00", // UTC, apart from maintenance
        preferredMaintenanceWindow: "sun:03:30-sun:04:30",
        copyTagsToSnapshot: true,
        deletionProtection: protect,
        skipFinalSnapshot: !protect,
        ...(protect ? { finalSnapshotIdentifier: names.claimsFinalSnapshot } : {}),
      },
      { parent: this, protect, deleteBeforeReplace: true, dependsOn: logs },
    );
    // The first one made writes; the others take its place when it fails.
    const instances = Array.from(
      { length: settings.claimsInstanceCount },
      (_, index) =>
        new aws.rds.ClusterInstance(
          `${name}-instance-${index}`,
          {
            identifier: names.claimsInstance(index),
            clusterIdentifier: cluster.clusterIdentifier,
            engine: ENGINE,
            instanceClass: "db.serverless",
            promotionTier: Math.min(index, 1), // 0 and 1 are as large as the writer
            autoMinorVersionUpgrade: true,
            publiclyAccessible: false,
            copyTagsToSnapshot: true,
          },
          { parent: this, deleteBeforeReplace: true },
        ),
    );
    this.clusterArn = after(cluster.arn, ...instances);
    const admin = new PlatformFunction(
      {
        fn: "db-admin",
        defaults: functions,
        environment: {
          CLAIMS_CLUSTER_ARN: this.clusterArn,
          // The secret that RDS made, and rotates.
          CLAIMS_ADMIN_SECRET_ARN: cluster.masterUserSecrets.apply((secrets) => secrets[0]?.secretArn ?? ""),
        },
        timeout: 600,
      },
      inside,
    );
    this.schema = new aws.lambda.Invocation(
      `${name}-schema`,
      {
        // By its name: what replaces the function must not replace, and so delete, what the function has made.
        functionName: names.functionName("db-admin"),
        input: JSON.stringify(schemaInput(place)),
        lifecycleScope: "CRUD",
      },
      { parent: this, dependsOn: [admin, ...instances] },
    );
    this.registerOutputs({ clusterArn: this.clusterArn });
  }
}

/** The schema that the program wants. The embedded account's PostgreSQL has no `pgaudit`: its statements are audited nowhere. */
function schemaInput(place: Place): ClaimsSchemaInput {
  return {
    kind: "claims-schema",
    name: CLAIMS_SCHEMA,
    body: {
      cluster: platformNames(place).claimsCluster,
      database: CLAIMS_DATABASE,
      schema: CLAIMS_SCHEMA,
      version: CLAIMS_SCHEMA_VERSION,
      extensions: place.environment === TRIAL ? [] : ["pgaudit"],
      tables: TENANT_TABLES.map((table) => ({
        name: table,
        tenantColumn: "tenant_id",
        rowSecurity: "forced",
        setting: TENANT_SETTING,
        members: "user_tenants",
      })),
    },
    revision: "1",
  };
}
