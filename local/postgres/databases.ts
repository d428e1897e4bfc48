/** The account's Aurora clusters: each has a PostgreSQL server, which runs while the account is served. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import type { Account, ResourceRecord } from "../account/account.ts";
import { removeDatabaseFolder } from "./runner.ts";
import { startServer, type Server } from "./server.ts";

export const CLUSTER_TYPE = "aws:rds/cluster:Cluster";

/** What of a cluster makes its server. */
export interface ClusterDefinition {
  readonly cluster: string;
  /** The database that AWS makes with it; empty: none. */
  readonly database: string;
  readonly master: string;
}

/** What the rest of the account needs of {@link Databases}. */
export interface DatabaseServers {
  /** The master user's password: made once, and a secret that only the account knows. */
  masterPassword(cluster: string): string;
  /** Starts a cluster's server unless it runs; whoever needs it waits by `ready`. */
  start(definition: ClusterDefinition): void;
  /** Where its socket is. @throws Error that says why there is no server */
  ready(cluster: string): Promise<Pick<Server, "host">>;
  /** What AWS does to a cluster that nobody asks: the next who asks resumes it, which takes so long, and has to ask again. */
  pause(cluster: string, resumeMs: number): void;
  /** False for a paused cluster until it has resumed, which the first question begins. */
  isAwake(cluster: string): boolean;
  /** Ends a cluster's server and deletes its data. */
  remove(cluster: string): Promise<void>;
  close(): Promise<void>;
}

export class Databases implements DatabaseServers {
  readonly #account: Account;
  readonly #passwords;
  readonly #servers = new Map<string, Promise<Server>>();
  /** Paused clusters: how long each takes to resume, and since when it does. */
  readonly #paused = new Map<string, { readonly resumeMs: number; readonly since?: number }>();
  #closed = false;

  constructor(account: Account) {
    this.#account = account;
    this.#passwords = account.table<string>("rds-master-passwords");
  }

  masterPassword(cluster: string): string {
    const known = this.#passwords.get(cluster);
    if (known !== undefined) return known;
    const made = randomBytes(24).toString("base64url");
    this.#passwords.put(cluster, made);
    return made;
  }

  start(definition: ClusterDefinition): void {
    this.#started(definition).catch(() => undefined); // told to whoever waits
  }

  async ready(cluster: string): Promise<Server> {
    const running = this.#servers.get(cluster);
    if (running) return running;
    const record = this.#account.resource(CLUSTER_TYPE, cluster);
    if (!record) throw new Error(`there is no cluster ${cluster}`);
    return this.#started(definitionOf(record));
  }

  pause(cluster: string, resumeMs: number): void {
    this.#paused.set(cluster, { resumeMs });
  }

  isAwake(cluster: string): boolean {
    const paused = this.#paused.get(cluster);
    if (!paused) return true;
    const { resumeMs, since = performance.now() } = paused;
    if (performance.now() - since < resumeMs) {
      this.#paused.set(cluster, { resumeMs, since });
      return false;
    }
    this.#paused.delete(cluster);
    return true;
  }

  async remove(cluster: string): Promise<void> {
    await this.#end(cluster);
    removeDatabaseFolder(this.#folder(cluster));
    this.#passwords.delete(cluster);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#servers.keys()].map((cluster) => this.#end(cluster)));
  }

  async #started(definition: ClusterDefinition): Promise<Server> {
    const { cluster } = definition;
    if (this.#closed) throw new Error("the account is being closed");
    const running = this.#servers.get(cluster);
    if (running) return running;
    const starting = this.#open(definition);
    this.#servers.set(cluster, starting);
    try {
      return await starting;
    } catch (error) {
      // Tried again by the next who needs it: the cause may be mended by then.
      this.#servers.delete(cluster);
      throw error;
    }
  }

  async #open(definition: ClusterDefinition): Promise<Server> {
    const server = await startServer(this.#folder(definition.cluster));
    try {
      await furnish(server, definition, this.masterPassword(definition.cluster));
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  async #end(cluster: string): Promise<void> {
    const running = await this.#servers.get(cluster)?.catch(() => undefined);
    this.#servers.delete(cluster);
    await running?.close();
  }

  #folder(cluster: string): string {
    // A cluster's name has up to 63 characters; a path that holds it should not.
    const short = createHash("sha256").update(cluster).digest("hex").slice(0, 12);
    return join(this.#account.folder, "postgres", short);
  }
}

/** Deletes the data of an account's servers, none of which runs: they need not be in its folder. */
export function removeDatabases(accountFolder: string): void {
  const folder = join(accountFolder, "postgres");
  if (!existsSync(folder)) return;
  for (const each of readdirSync(folder, { withFileTypes: true }))
    if (each.isDirectory()) removeDatabaseFolder(join(folder, each.name));
}

export function definitionOf({ id, inputs }: ResourceRecord): ClusterDefinition {
  const text = (name: string): string => {
    const value = inputs[name];
    return typeof value === "string" ? value : "";
  };
  return { cluster: id, database: text("databaseName"), master: text("masterUsername") };
}

/** What AWS puts into a new cluster: the master user, who is no superuser, the roles that it is in, and its database. */
async function furnish(
  server: Server,
  { database, master }: ClusterDefinition,
  password: string,
): Promise<void> {
  const client = new Client(server.superuser);
  // Lost when the server ends: what is under way fails by itself.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const has = async (sql: string, name: string): Promise<boolean> =>
      (await client.query({ text: sql, values: [name] })).rowCount !== 0;
    const role = "SELECT FROM pg_roles WHERE rolname = $1";
    const user = client.escapeIdentifier(master);
    // Source: Amazon RDS user guide, "Understanding the rds_superuser role".
    if (!(await has(role, "rds_superuser"))) {
      await client.query(
        "CREATE ROLE rds_superuser NOLOGIN IN ROLE pg_monitor, pg_signal_backend, pg_checkpoint",
      );
    }
    if (!(await has(role, master)))
      await client.query(
        `CREATE ROLE ${user} LOGIN CREATEDB CREATEROLE NOSUPERUSER NOBYPASSRLS IN ROLE rds_superuser`,
      );
    await client.query(`ALTER ROLE ${user} PASSWORD ${client.escapeLiteral(password)}`);
    // As the master user finds them on AWS: its own.
    for (const each of ["postgres", "template1"])
      await client.query(`ALTER DATABASE ${client.escapeIdentifier(each)} OWNER TO ${user}`);
    if (database !== "" && !(await has("SELECT FROM pg_database WHERE datname = $1", database)))
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)} OWNER ${user}`);
  } finally {
    await client.end();
  }
}
