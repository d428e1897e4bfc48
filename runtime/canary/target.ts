import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { HeadObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { askBroker } from "../../verify/callers.ts";
import type { Credentials } from "../../verify/request.ts";
import { awsEndpoint, type Deployment, type Target } from "../../verify/target.ts";
import { platformNames, tenantNames, type Place } from "../contract/names.ts";
import type { RegistryItem } from "../contract/registry.ts";

const ATTEMPTS = 4;

/** What a target is made from. */
export interface CanarySettings {
  readonly place: Place;
  readonly apiUrl: string;
  /** `http://127.0.0.1:PORT` in an embedded account. */
  readonly origin: string | undefined;
  readonly credentials: () => Promise<Credentials>;
  /** Access tokens of the canary's tenants, by id. */
  readonly tokens: ReadonlyMap<string, string>;
}

/**
 * The API's address as it can be reached from here: a distribution's host name is no name of an embedded account's, which serves it
 * below its own.
 */
export function reachable(apiUrl: string, origin: string | undefined): string {
  const { protocol, host } = new URL(apiUrl);
  return origin === undefined || protocol !== "https:" ? apiUrl : `${origin}/_edge/${host}`;
}

/**
 * The environment as its own canary sees it: an operator who may ask the broker and nothing else. What the attacks have to know of
 * the canary's tenants (registry items, keys) it reads as those tenants; of others it can't learn anything.
 */
export class CanaryTarget implements Target {
  readonly place: Place;
  readonly deployment: Deployment;
  readonly operator: Target["operator"];
  readonly #settings: CanarySettings;
  readonly #sessions = new Map<string, Promise<Credentials>>();

  constructor(settings: CanarySettings) {
    const { place, apiUrl, origin, credentials } = settings;
    this.#settings = settings;
    this.place = place;
    // The rest is for inviting people, which the canary can't.
    this.deployment = { apiUrl, userPoolId: "", clientId: "", membershipsTable: "", usersTable: "" };
    this.operator = {
      region: place.region,
      ...(origin === undefined ? {} : { endpoint: origin }),
      credentials,
      maxAttempts: ATTEMPTS,
    };
  }

  endpoint(service: string): string {
    return this.#settings.origin ?? awsEndpoint(this.place.region, service);
  }

  outsider(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  insider(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async registryItem(id: string): Promise<RegistryItem | undefined> {
    const tables = DynamoDBDocumentClient.from(new DynamoDBClient(await this.#as(id)));
    const { Item } = await tables.send(
      new GetCommand({
        TableName: platformNames(this.place).registryTable,
        Key: { tenant_id: id, record: "tenant" },
      }),
    );
    return Item as RegistryItem | undefined;
  }

  /** S3 names the key that an object is under to whoever may read it. */
  async keyArn(alias: string): Promise<string> {
    const id = [...this.#settings.tokens.keys()].find(
      (each) => tenantNames(this.place, each).keyAlias === alias,
    );
    if (id === undefined) throw new Error(`${alias} is no key of the canary's tenants`);
    const { bucket: Bucket, objectPrefix: Prefix } = tenantNames(this.place, id);
    const s3 = new S3Client(await this.#as(id));
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }));
    const { SSEKMSKeyId } = await s3.send(new HeadObjectCommand({ Bucket, Key: Contents[0]?.Key ?? "" }));
    if (SSEKMSKeyId === undefined) throw new Error(`the objects of ${id} are under no key`);
    return SSEKMSKeyId;
  }

  async #as(id: string): Promise<Target["operator"]> {
    const token = this.#settings.tokens.get(id);
    if (token === undefined) throw new Error(`${id} is no tenant of the canary's`);
    let session = this.#sessions.get(id);
    if (!session) this.#sessions.set(id, (session = this.#grant(token)));
    return { ...this.operator, credentials: await session };
  }

  async #grant(token: string): Promise<Credentials> {
    const response = await askBroker(this, { token });
    if (!response.granted) throw new Error(`the broker refused: ${response.code}`);
    // As the broker writes them, the time is a text: an SDK's client takes no such thing, and the session outlasts a round.
    const { accessKeyId, secretAccessKey, sessionToken } = response.grant.credentials;
    return { accessKeyId, secretAccessKey, sessionToken };
  }
}
