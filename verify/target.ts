/** A deployed environment as attacks see it: where it is, and whose credentials can be had. */
import type { Place } from "../runtime/contract/names.ts";
import type { RegistryItem } from "../runtime/contract/registry.ts";
import type { Credentials } from "./request.ts";

/** The stack's outputs that a user or an operator needs. */
export interface Deployment {
  readonly apiUrl: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly membershipsTable: string;
  readonly usersTable: string;
  /** Absent: the agent is not hosted. */
  readonly agentRuntimeArn?: string;
  /** Absent: no conversations are kept. */
  readonly agentMemoryId?: string;
}

/** Where AWS serves a service, by its name in the address. */
export function awsEndpoint(region: string, service: string): string {
  return service === "iam" ? "https://iam.amazonaws.com" : `https://${service}.${region}.amazonaws.com`;
}

/** What decided on a request, as a log tells it. */
export interface LoggedRefusal {
  readonly allowed: boolean;
  readonly detail: string;
}

/** An environment on AWS, or on the embedded account. What only the latter can do is optional. */
export interface Target {
  readonly place: Place;
  readonly deployment: Deployment;
  /** Base address of an AWS service, by its name in the endpoint: `s3`, `bedrock-agent-runtime`. */
  endpoint(service: string): string;
  /** Settings of an AWS SDK client that calls as the operator. */
  readonly operator: {
    readonly region: string;
    readonly endpoint?: string;
    readonly credentials: Credentials | (() => Promise<Credentials>);
    readonly maxAttempts: number;
  };
  /** A role of the account with wide rights and no tenant. @returns undefined where none was given */
  outsider(): Promise<Credentials | undefined>;
  /** A session of a role that only its function or service gets. @returns undefined where nobody else gets one */
  insider(roleArn: string, tags: Readonly<Record<string, string>>): Promise<Credentials | undefined>;
  /** What the registry says of a tenant, where the operator may not read the table: any tenant of its own. */
  registryItem?(id: string): Promise<RegistryItem | undefined>;
  /** The ARN of the key behind an alias. */
  keyArn(alias: string): Promise<string>;
  /** Signs a token with the user pool's own key. @returns undefined where the key is not to be had */
  signAsPool?(claims: Readonly<Record<string, unknown>>): Promise<string>;
  /** What was decided on these requests; without it, an answer's own words have to do. */
  decisions?(requestIds: ReadonlySet<string>): Promise<ReadonlyMap<string, readonly LoggedRefusal[]>>;
}
