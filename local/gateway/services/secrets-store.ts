/** Versions of secrets and their labels, as Secrets Manager keeps them: a label is on one version at most. */
import { randomUUID } from "node:crypto";
import type { Account, ResourceRecord } from "../../account/account.ts";

export const SECRET_TYPE = "aws:secretsmanager/secret:Secret";
const VERSION_TYPE = "aws:secretsmanager/secretVersion:SecretVersion";

export interface SecretVersion {
  readonly value: string;
  readonly labels: readonly string[];
  /** Milliseconds since the epoch. */
  readonly made: number;
}

export interface StoredSecret {
  readonly versions: Readonly<Record<string, SecretVersion>>;
  readonly changed: number;
}

export const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";

export class SecretsStore {
  readonly #account: Account;
  readonly #table;

  constructor(account: Account) {
    this.#account = account;
    this.#table = account.table<StoredSecret>("secrets");
  }

  /** By name or ARN; a database cluster's own secret too, which no program deploys. */
  find(id: string): ResourceRecord | undefined {
    return (
      this.#account.find(SECRET_TYPE, "arn", id) ??
      this.#account.find(SECRET_TYPE, "name", id) ??
      managedSecrets(this.#account).find(({ outputs }) => outputs["arn"] === id || outputs["name"] === id)
    );
  }

  read(secret: ResourceRecord): StoredSecret {
    const arn = String(secret.outputs["arn"]);
    return this.#table.get(arn) ?? this.#deployed(secret, arn);
  }

  /** Adds a version; labels are taken from those that have them. @returns its id */
  put(secret: ResourceRecord, value: string, labels: readonly string[], id: string = randomUUID()): string {
    const stored = this.read(secret);
    const given =
      labels.length === 0 || Object.keys(stored.versions).length === 0 ? [CURRENT, ...labels] : labels;
    const versions = { ...stored.versions, [id]: { value, labels: [], made: Date.now() } };
    this.#write(
      secret,
      [...new Set(given)].reduce((all, label) => move(all, label, id), versions),
    );
    return id;
  }

  label(secret: ResourceRecord, label: string, to: string): void {
    this.#write(secret, move(this.read(secret).versions, label, to));
  }

  #write(secret: ResourceRecord, versions: StoredSecret["versions"]): void {
    this.#table.put(String(secret.outputs["arn"]), { versions, changed: Date.now() });
  }

  /** What the program gave it, as long as nobody has put another version. */
  #deployed(secret: ResourceRecord, arn: string): StoredSecret {
    const given = this.#account
      .resources(VERSION_TYPE)
      .filter(({ outputs }) =>
        [arn, secret.outputs["name"], secret.id].includes(outputs["secretId"] as string),
      );
    const versions = given.flatMap(({ outputs }) =>
      typeof outputs["secretString"] === "string"
        ? [
            [
              text(outputs["versionId"], "deployed"),
              { value: outputs["secretString"], labels: [CURRENT], made: 0 },
            ],
          ]
        : [],
    );
    return { versions: Object.fromEntries(versions) as StoredSecret["versions"], changed: 0 };
  }
}

/**
 * The secrets that RDS makes for its clusters' master users, and the tags that it gives them. Source: Amazon RDS user guide, "Password
 * management with Amazon RDS and AWS Secrets Manager".
 */
function managedSecrets(account: Account): ResourceRecord[] {
  return account.resources("aws:rds/cluster:Cluster").flatMap(({ id, urn, outputs }) => {
    const [managed] = (outputs["masterUserSecrets"] ?? []) as { secretArn: string; kmsKeyId: string }[];
    if (!managed) return [];
    const { secretArn: arn, kmsKeyId } = managed;
    const tags = { "aws:rds:primaryDBClusterArn": outputs["arn"], "aws:secretsmanager:owningService": "rds" };
    const name = arn.slice(arn.indexOf(":secret:") + ":secret:".length, -"-123456".length);
    const about = { arn, name, kmsKeyId, tags, cluster: id };
    return [{ type: SECRET_TYPE, id: arn, urn, inputs: about, outputs: about }];
  });
}

const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);

function move(versions: StoredSecret["versions"], label: string, to: string): StoredSecret["versions"] {
  const from = Object.entries(versions).find(([, { labels }]) => labels.includes(label))?.[0];
  const labelled = Object.fromEntries(
    Object.entries(versions).map(([id, version]) => {
      const others = version.labels.filter((each) => each !== label);
      return [id, { ...version, labels: id === to ? [...others, label] : others }];
    }),
  );
  // Secrets Manager itself marks the one that was current before.
  return label === CURRENT && from !== undefined && from !== to ? move(labelled, PREVIOUS, from) : labelled;
}
