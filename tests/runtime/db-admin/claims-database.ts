/** The database of claims on a real PostgreSQL behind the gateway, made by the code that makes it on AWS, with tenants in it. */
import {
  BeginTransactionCommand,
  ExecuteStatementCommand,
  RDSDataClient,
  RollbackTransactionCommand,
} from "@aws-sdk/client-rds-data";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { Client, type QueryResult } from "pg";
import { SecretsStore } from "../../../local/gateway/services/secrets-store.ts";
import type { BrokerGrant } from "../../../runtime/contract/api.ts";
import type { ClaimsSchemaInput, ClaimsTenantInput } from "../../../runtime/contract/admin-payloads.ts";
import type { ClaimDetails } from "../../../runtime/contract/claims.ts";
import {
  CLAIMS_DATABASE,
  CLAIMS_SCHEMA,
  CLAIMS_SCHEMA_VERSION,
  claimsLogin,
  TENANT_SETTING,
  TENANT_TABLES,
  tenantGrants,
} from "../../../runtime/contract/claims.ts";
import { openDatabase, type Database } from "../../../runtime/db-admin/database.ts";
import { claimsImport } from "../../../runtime/db-admin/import.ts";
import { loginSecrets } from "../../../runtime/db-admin/login-secret.ts";
import { claimsSchema } from "../../../runtime/db-admin/schema.ts";
import { claimsTenant } from "../../../runtime/db-admin/tenant.ts";
import { createClaims, type Claims } from "../../../runtime/shared/claims.ts";
import type { Row } from "../../../runtime/shared/data-api.ts";
import { TenantContext } from "../../../runtime/shared/tenant-context.ts";
import type { Wait } from "../../../runtime/shared/wait.ts";
import {
  CLUSTER,
  CLUSTER_ARN,
  deployCluster,
  MASTER_SECRET,
  putMasterSecret,
  secretArn,
} from "../../local/gateway/claims-cluster.ts";
import { startTestGateway, type TestGateway } from "../../local/gateway/support.ts";

const ROLE = "data";
/** As on AWS, in less time. */
const PATIENCE = {
  resume: { seconds: 20, everySeconds: 0.1 },
  turn: { seconds: 60, everySeconds: 0.1 },
  transactionSeconds: 1,
};
export const secretName = (tenant: string): string => `bulkhead/test/claims/${tenant}/login`;

export function schemaBody(): ClaimsSchemaInput["body"] {
  return {
    cluster: CLUSTER,
    database: CLAIMS_DATABASE,
    schema: CLAIMS_SCHEMA,
    version: CLAIMS_SCHEMA_VERSION,
    extensions: [],
    tables: TENANT_TABLES.map((name) => ({
      name,
      tenantColumn: "tenant_id",
      rowSecurity: "forced",
      setting: TENANT_SETTING,
      members: "user_tenants",
    })),
  };
}

export function tenantBody(tenant: string): ClaimsTenantInput["body"] {
  return {
    cluster: CLUSTER,
    database: CLAIMS_DATABASE,
    schema: CLAIMS_SCHEMA,
    tenant,
    login: claimsLogin(tenant),
    secret: secretName(tenant),
    grants: tenantGrants(tenant),
    memberOf: [],
  };
}

export function claim(id: string, about: Partial<ClaimDetails> = {}): ClaimDetails {
  return {
    id,
    policy: "AUTO-1",
    holder: "Ada Example",
    kind: "auto",
    status: "open",
    occurred: "2026-02-01",
    reported: "2026-02-02",
    amount: "1000.00",
    description: "A dented door",
    payments: [],
    notes: [],
    ...about,
  };
}

/** What a statement by a tenant's login came to: rows, or what refused it. */
export type Attempt = { readonly rows: readonly Row[] } | { readonly refused: string };

export const told = (outcome: Attempt): string =>
  "refused" in outcome ? outcome.refused : `it was allowed: ${JSON.stringify(outcome.rows)}`;

export class ClaimsAccount {
  readonly test: TestGateway;
  readonly database: Database;
  readonly claims: Claims;

  private constructor(test: TestGateway) {
    this.test = test;
    const place = { resourceArn: CLUSTER_ARN, secretArn: MASTER_SECRET, database: CLAIMS_DATABASE };
    this.database = openDatabase(new RDSDataClient(test.as(ROLE)), place, PATIENCE);
    this.claims = this.claimsThatWait();
  }

  /** @param resume for a database that was paused @default the runtime's */
  claimsThatWait(resume?: Wait): Claims {
    return createClaims({ AWS_ENDPOINT_URL: this.test.gateway.origin }, "us-east-1", {
      readRoute: ({ tenantId }) => Promise.resolve({ claims_secret: secretArn(secretName(tenantId)) }),
      clusterArn: CLUSTER_ARN,
      ...(resume && { resume }),
    });
  }

  /** As AWS does to a database that nobody asks; the next who asks resumes it, in so many milliseconds. */
  pause(resumeMs: number): void {
    this.test.gateway.databases.pause(CLUSTER, resumeMs);
  }

  static async start(): Promise<ClaimsAccount> {
    const test = await startTestGateway((deployment) => {
      deployCluster(deployment);
      deployment.role(ROLE, { policy: [{ Effect: "Allow", Action: "*", Resource: "*" }] });
    });
    putMasterSecret(test);
    // Where the SDK itself looks.
    process.env["AWS_ENDPOINT_URL"] = test.gateway.origin;
    return new ClaimsAccount(test);
  }

  get schema() {
    return claimsSchema(this.database, CLUSTER);
  }

  get tenants() {
    return claimsTenant(this.database, CLUSTER, loginSecrets(new SecretsManagerClient(this.test.as(ROLE))));
  }

  async addTenant(tenant: string, claims: readonly ClaimDetails[] = []): Promise<void> {
    const name = secretName(tenant);
    this.test.deployment.put("aws:secretsmanager/secret:Secret", secretArn(name), {
      name,
      arn: secretArn(name),
    });
    await this.tenants.apply(claimsLogin(tenant), tenantBody(tenant));
    await claimsImport(this.database).apply(tenant, { tenant, claims });
  }

  context(tenant: string): TenantContext {
    const { credentials } = this.test.as(ROLE, { tenant_id: tenant });
    const expiration = new Date(Date.now() + 3_600_000).toISOString();
    return TenantContext.fromGrant({
      tenant: { id: tenant },
      user: { sub: "sub", username: "user", issuer: "issuer", groups: [] },
      credentials: { ...credentials, expiration },
      expires: expiration,
    } as unknown as BrokerGrant);
  }

  /** Statements of one call each, by a tenant's login, in one connection and transaction; the outcome of the last that ran. */
  async asLogin(tenant: string, ...statements: readonly string[]): Promise<Attempt> {
    const data = new RDSDataClient(this.test.as(ROLE));
    const place = {
      resourceArn: CLUSTER_ARN,
      secretArn: secretArn(secretName(tenant)),
      database: CLAIMS_DATABASE,
    };
    const { transactionId = "" } = await data.send(new BeginTransactionCommand(place));
    let rows: Row[] = [];
    try {
      for (const sql of statements) {
        const { formattedRecords } = await data.send(
          new ExecuteStatementCommand({ ...place, sql, transactionId, formatRecordsAs: "JSON" }),
        );
        rows = JSON.parse(formattedRecords || "[]") as Row[];
      }
      return { rows };
    } catch (error) {
      return { refused: (error as Error).message };
    } finally {
      const { resourceArn, secretArn: secret } = place;
      await data
        .send(new RollbackTransactionCommand({ resourceArn, secretArn: secret, transactionId }))
        .catch(() => undefined);
    }
  }

  /** A connection of a tenant's login without the Data API, as somebody in the database's network with its password would have it. */
  async connect(tenant: string, database: string = CLAIMS_DATABASE): Promise<Client> {
    const { host } = await this.test.gateway.databases.ready(CLUSTER);
    const secrets = new SecretsStore(this.test.gateway.account);
    const secret = secrets.find(secretArn(secretName(tenant)));
    if (!secret) throw new Error(`${tenant} has no secret`);
    const [version] = Object.values(secrets.read(secret).versions);
    const { username, password } = JSON.parse(version?.value ?? "") as { username: string; password: string };
    const client = new Client({ host, database, user: username, password });
    client.on("error", () => undefined); // ended by the database
    await client.connect();
    return client;
  }

  /** The same as {@link asLogin}, without the Data API. */
  async directly(tenant: string, ...statements: readonly string[]): Promise<Attempt> {
    const client = await this.connect(tenant);
    try {
      let rows: Row[] = [];
      for (const sql of ["BEGIN", ...statements]) {
        const answered = (await client.query(sql)) as QueryResult<Row> | QueryResult<Row>[];
        rows = (Array.isArray(answered) ? answered : [answered]).flatMap((each) => each.rows);
      }
      return { rows };
    } catch (error) {
      return { refused: (error as Error).message };
    } finally {
      await client.end();
    }
  }

  /** Takes a layer away, or puts it back: as the superuser, whom nothing holds. */
  async asSuperuser(...statements: readonly string[]): Promise<readonly Row[]> {
    const server = await this.test.gateway.databases.ready(CLUSTER);
    const { superuser } = server as unknown as { superuser: object };
    const client = new Client({ ...superuser, database: CLAIMS_DATABASE });
    await client.connect();
    try {
      let rows: Row[] = [];
      for (const sql of statements) rows = (await client.query(sql)).rows as Row[];
      return rows;
    } finally {
      await client.end();
    }
  }

  stop(): Promise<void> {
    delete process.env["AWS_ENDPOINT_URL"];
    return this.test.stop();
  }
}
