/** A database cluster in a test's account, with the secrets of logins; PostgreSQL starts when it is first asked. */
import { RDSDataClient } from "@aws-sdk/client-rds-data";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../../../local/account/identity.ts";
import { SecretsStore } from "../../../local/gateway/services/secrets-store.ts";
import type { Deployment, TestGateway } from "./support.ts";

export const CLUSTER = "bulkhead-test-claims";
export const CLUSTER_ARN = `arn:aws:rds:${LOCAL_REGION}:${LOCAL_ACCOUNT}:cluster:${CLUSTER}`;
export const MASTER = "bulkhead_admin";
export const MASTER_SECRET = secretArn("rds!cluster-test");

export function secretArn(name: string): string {
  return `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:${name}-abc123`;
}

export function deployCluster(
  deployment: Deployment,
  settings: Readonly<Record<string, unknown>> = {},
): void {
  deployment.put("aws:rds/cluster:Cluster", CLUSTER, {
    clusterIdentifier: CLUSTER,
    arn: CLUSTER_ARN,
    engine: "aurora-postgresql",
    databaseName: "claims",
    masterUsername: MASTER,
    enableHttpEndpoint: true,
    ...settings,
  });
}

/** A secret that holds a login. @returns its ARN */
export function putSecret(test: TestGateway, name: string, value: object): string {
  const arn = secretArn(name);
  test.deployment.put("aws:secretsmanager/secret:Secret", arn, { name, arn });
  const store = new SecretsStore(test.gateway.account);
  const secret = store.find(arn);
  if (!secret) throw new Error(`no secret ${arn}`);
  store.put(secret, JSON.stringify(value), []);
  return arn;
}

/** The master user's secret, as RDS makes it. @returns its ARN */
export function putMasterSecret(test: TestGateway): string {
  return putSecret(test, "rds!cluster-test", {
    username: MASTER,
    password: test.gateway.databases.masterPassword(CLUSTER),
  });
}

export const dataClient = (
  test: TestGateway,
  role: string,
  tags: Readonly<Record<string, string>> = {},
): RDSDataClient => new RDSDataClient(test.as(role, tags));
