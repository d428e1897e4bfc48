/** A small account in a folder of its own, and a gateway over it, for tests of the APIs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Account } from "../../../local/account/account.ts";
import { DEPLOYER_ROLE, LOCAL_ACCOUNT, LOCAL_REGION } from "../../../local/account/identity.ts";
import type { Session } from "../../../local/gateway/contract.ts";
import { type GatewayOptions, type RunningGateway, startGateway } from "../../../local/gateway/index.ts";
import { removeDatabases } from "../../../local/postgres/databases.ts";
import type { Statement } from "../../../policies/isolation/types.ts";

export interface TestRole {
  /** Statements of its inline policy `test`. Default: none. */
  readonly policy?: readonly Statement[];
  /** Statements of its trust policy. Default: the account may. */
  readonly trust?: readonly Statement[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly permissionsBoundary?: string;
  readonly maxSessionDuration?: number;
}

export const document = (...statements: readonly Statement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

export const roleArn = (name: string): string => `arn:aws:iam::${LOCAL_ACCOUNT}:role/${name}`;

export const queueArn = (name: string): string => `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${name}`;

const ANYONE_HERE: Statement = {
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${LOCAL_ACCOUNT}:root` },
  Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
};

/** What a test deploys into an account: each makes the resources that a provider would have made. */
export class Deployment {
  readonly account: Account;

  constructor(account: Account) {
    this.account = account;
  }

  put(type: string, id: string, outputs: Readonly<Record<string, unknown>>): void {
    this.account.putResource({
      type,
      id,
      urn: `urn:pulumi:test::test::${type}::${id}`,
      inputs: outputs,
      outputs,
    });
  }

  role(name: string, role: TestRole = {}): string {
    const arn = roleArn(name);
    this.put("aws:iam/role:Role", name, {
      name,
      arn,
      uniqueId: `AROA${name}`,
      assumeRolePolicy: document(...(role.trust ?? [ANYONE_HERE])),
      tags: role.tags ?? {},
      ...(role.permissionsBoundary !== undefined && { permissionsBoundary: role.permissionsBoundary }),
      ...(role.maxSessionDuration !== undefined && { maxSessionDuration: role.maxSessionDuration }),
    });
    if (role.policy) {
      this.put("aws:iam/rolePolicy:RolePolicy", `${name}:test`, {
        role: name,
        name: "test",
        policy: document(...role.policy),
      });
    }
    return arn;
  }

  policy(name: string, ...statements: readonly Statement[]): string {
    const arn = `arn:aws:iam::${LOCAL_ACCOUNT}:policy/${name}`;
    this.put("aws:iam/policy:Policy", arn, { name, arn, policy: document(...statements) });
    return arn;
  }

  /** A versioned bucket, with a bucket policy if there are statements. @returns its ARN */
  bucket(name: string, ...statements: readonly Statement[]): string {
    const arn = `arn:aws:s3:::${name}`;
    this.put("aws:s3/bucket:Bucket", name, { bucket: name, arn });
    this.put("aws:s3/bucketVersioning:BucketVersioning", name, {
      bucket: name,
      versioningConfiguration: { status: "Enabled" },
    });
    if (statements.length > 0) {
      this.put("aws:s3/bucketPolicy:BucketPolicy", name, { bucket: name, policy: document(...statements) });
    }
    return arn;
  }

  /** A standard queue, with a queue policy if there are statements. @returns its URL */
  queue(name: string, settings: Readonly<Record<string, unknown>> = {}, ...statements: readonly Statement[]) {
    const url = `https://sqs.${LOCAL_REGION}.amazonaws.com/${LOCAL_ACCOUNT}/${name}`;
    this.put("aws:sqs/queue:Queue", url, { name, url, arn: queueArn(name), ...settings });
    if (statements.length > 0)
      this.put("aws:sqs/queuePolicy:QueuePolicy", url, { queueUrl: url, policy: document(...statements) });
    return url;
  }

  /** A key with an alias. @returns its ARN */
  key(id: string, alias: string, ...statements: readonly Statement[]): string {
    const arn = `arn:aws:kms:${LOCAL_REGION}:${LOCAL_ACCOUNT}:key/${id}`;
    this.put("aws:kms/key:Key", id, { keyId: id, arn, isEnabled: true, policy: document(...statements) });
    this.put("aws:kms/alias:Alias", alias, { name: alias, targetKeyId: id, targetKeyArn: arn });
    return arn;
  }
}

export interface TestAccount {
  readonly folder: string;
  /** Fills the account before a gateway opens it. */
  deploy(fill: (deployment: Deployment) => void): void;
  remove(): void;
}

/** An empty account in a temporary folder. */
export function makeAccount(fill?: (deployment: Deployment) => void): TestAccount {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-"));
  const made: TestAccount = {
    folder,
    deploy: (each) => {
      const account = Account.open(folder);
      each(new Deployment(account));
      account.close();
    },
    remove: () => {
      removeDatabases(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  if (fill) made.deploy(fill);
  return made;
}

export interface TestGateway {
  readonly gateway: RunningGateway;
  readonly account: TestAccount;
  /** Deploys into the running account. */
  readonly deployment: Deployment;
  /** Options of an AWS SDK client that calls as this role's session, or as a session that there is. */
  as(who: string | Session, tags?: Readonly<Record<string, string>>): ClientOptions;
  /** Deploys a table whose keys are strings, and makes it. @returns its ARN */
  createTable(name: string, hashKey: string, rangeKey?: string): Promise<string>;
  /** Ends the gateway and starts another one on the same account. */
  restart(): Promise<void>;
  /** Ends the gateway and removes the account. */
  stop(): Promise<void>;
}

export interface ClientOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly maxAttempts: number;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
}

export async function startTestGateway(
  fill?: (deployment: Deployment) => void,
  options: Omit<GatewayOptions, "folder"> = {},
): Promise<TestGateway> {
  const account = makeAccount(fill);
  let gateway = await startGateway({ folder: account.folder, ...options });
  return {
    get gateway() {
      return gateway;
    },
    account,
    get deployment() {
      return new Deployment(gateway.account);
    },
    as: (who, tags) => clientOptions(gateway, who, tags),
    createTable: (name, hashKey, rangeKey) => createTable(gateway, name, hashKey, rangeKey),
    restart: async () => {
      await gateway.close();
      gateway = await startGateway({ folder: account.folder, ...options });
    },
    stop: async () => {
      await gateway.close();
      account.remove();
    },
  };
}

export function clientOptions(
  gateway: RunningGateway,
  who: string | Session,
  tags?: Readonly<Record<string, string>>,
): ClientOptions {
  const session =
    typeof who === "string" ? gateway.issueSession(roleArn(who), "test", { ...(tags && { tags }) }) : who;
  const { accessKeyId, secretAccessKey, sessionToken } = session;
  return {
    endpoint: gateway.origin,
    region: LOCAL_REGION,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
  };
}

async function createTable(
  gateway: RunningGateway,
  name: string,
  hashKey: string,
  rangeKey?: string,
): Promise<string> {
  const keys = [hashKey, ...(rangeKey === undefined ? [] : [rangeKey])];
  await new DynamoDBClient(clientOptions(gateway, DEPLOYER_ROLE)).send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: keys.map((each) => ({ AttributeName: each, AttributeType: "S" })),
      KeySchema: keys.map((each, index) => ({
        AttributeName: each,
        KeyType: index === 0 ? "HASH" : "RANGE",
      })),
    }),
  );
  const arn = `arn:aws:dynamodb:${LOCAL_REGION}:${LOCAL_ACCOUNT}:table/${name}`;
  const attributes = keys.map((each) => ({ name: each, type: "S" }));
  new Deployment(gateway.account).put("aws:dynamodb/table:Table", name, {
    name,
    arn,
    hashKey,
    rangeKey,
    attributes,
  });
  return arn;
}
