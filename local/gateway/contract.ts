/** What the parts of the gateway agree on: a verified call goes in, a reply comes out, and every access is decided in one place. */
import type { Account } from "../account/account.ts";
import type { DatabaseServers } from "../postgres/databases.ts";
import type {
  Context,
  Decision,
  NamedPolicy,
  Principal,
  ResourcePolicyMode,
} from "../../policies/isolation/types.ts";

/** One AWS API call, after its SigV4 signature was verified. */
export interface Call {
  readonly id: string;
  /** SigV4 service name: `s3`, `sts`, `dynamodb`, `bedrock`, `aoss`, `lambda`, `cognito-idp`, `kms`, … */
  readonly service: string;
  readonly method: string;
  /** As on the wire: neither decoded nor normalised; without the query. */
  readonly rawPath: string;
  readonly rawQuery: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** `anonymous` for the few unsigned APIs. */
  readonly principal: Principal;
  /** Session policies and what else of the session bears on decisions; undefined for anonymous. */
  readonly session: Session | undefined;
}

/** A set of temporary credentials that STS (or the Lambda service, for a function's role) has issued. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly principal: Extract<Principal, { kind: "role-session" }>;
  readonly sessionPolicies: readonly NamedPolicy[];
  readonly sourceIdentity?: string;
  readonly transitiveTagKeys: readonly string[];
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Instead of a body, what is sent as it comes; of a client that is gone no more is asked. */
  readonly stream?: AsyncIterable<Uint8Array>;
}

/** An AWS API: `handle` decides access through `gateway.authorize` before it touches anything. */
export interface Service {
  /** SigV4 service names (and, where several APIs share one, path tests) that this serves. */
  readonly serves: (call: Call) => boolean;
  /** True for a request that this service takes without a signature (sign-in, key sets, the REST front). Default: none. */
  readonly unsigned?: (request: Pick<Call, "method" | "rawPath" | "headers">) => boolean;
  readonly handle: (call: Call) => Promise<Reply>;
  readonly close?: () => Promise<void>;
}

/** A refusal or fault with AWS's error code; each service writes it in its own protocol. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** One question to the evaluator, with the resource's own policies. */
export interface Access {
  readonly action: string;
  readonly resource: string;
  readonly context?: Context;
  readonly resourcePolicies?: readonly NamedPolicy[];
  /** Default `optional`. `required` for trust and key policies. */
  readonly resourcePolicyMode?: ResourcePolicyMode;
  /** Default: this account. */
  readonly resourceAccount?: string;
}

/** What a line of the decision log says. */
export interface LoggedDecision extends Decision {
  readonly time: string;
  readonly callId: string;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** The caller's effective tags, if it has any: with the context, what `bulkhead explain` needs to answer the same. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Condition keys of this request; those that every request has (time, region, …) are left out. */
  readonly context?: Context;
}

/** Where the gateway serves what has a host name of its own on AWS. Each is a path below `gateway.origin`. */
export const PATHS = {
  /** `https://ID.REGION.aoss.amazonaws.com` */
  collection: (id: string): string => `/_aoss/${id}`,
  /** `https://search-DOMAIN-….REGION.es.amazonaws.com` */
  domain: (name: string): string => `/_domain/${name}`,
  /** `https://API.execute-api.REGION.amazonaws.com/STAGE` */
  stage: (apiId: string, stage: string): string => `/_api/${apiId}/${stage}`,
  /** `https://ID.cloudfront.net`, or an own host name before it */
  edge: (host: string): string => `/_edge/${host}`,
  /** `https://cognito-idp.REGION.amazonaws.com/POOL/.well-known/jwks.json` keeps its path */
  keySet: (userPoolId: string): string => `/${userPoolId}/.well-known/jwks.json`,
  /** `https://DOMAIN.auth.REGION.amazoncognito.com` */
  signIn: (domain: string): string => `/_auth/${domain}`,
  decisions: "/_bulkhead/decisions",
} as const;

/** A deployed function's unpacked code: `<account.folder>/functions/<function name>/`. */
export const FUNCTIONS_FOLDER = "functions";

/** What a service is given to work with. */
export interface Gateway {
  readonly account: Account;
  /** The servers of the account's database clusters. */
  readonly databases: DatabaseServers;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /**
   * Decides by `policies/isolation` from the deployed policies (role's inline and attached policies, boundary, session
   * policies, and `access.resourcePolicies`), logs, and throws AwsError AccessDenied (403) on a refusal.
   */
  authorize(
    who: { principal: Principal; session?: Session | undefined; id: string },
    access: Access,
  ): Decision;
  /** The same decision, returned and logged, never thrown. */
  decide(who: { principal: Principal; session?: Session | undefined; id: string }, access: Access): Decision;
  /** Logs a decision that a service made by other rules than IAM's: a collection's data-access or network policies. */
  record(
    who: { principal: Principal; id: string },
    access: { readonly action: string; readonly resource: string },
    decision: Decision,
  ): void;
  /** A service of the account (`lambda.amazonaws.com`) takes on a role: its trust policy is evaluated with `context` (aws:SourceArn, …). */
  assumeAsService(service: string, roleArn: string, sessionName: string, context?: Context): Session;
  /** Issues credentials without a trust check: for the operator, and for attacks that start from a compromised role. */
  issueSession(roleArn: string, sessionName: string, options?: IssueOptions): Session;
  /**
   * Runs a deployed function (its real bundle) by name or ARN with a JSON event; resolves to its JSON answer. `tenantId`: which a
   * function in tenant isolation mode takes, and no other. Throws AwsError if the function fails.
   */
  invokeFunction(name: string, event: unknown, tenantId?: string): Promise<unknown>;
  /**
   * Queues a deployed function's event, which from then on outlives the process: it is delivered at least once, in no
   * certain order, tried again when the function fails, and then goes to the function's destinations for failed events.
   * Decides no access. Throws AwsError RequestTooLargeException.
   */
  invokeFunctionLater(name: string, event: unknown): void;
  /** A service inside the account calls another one as `session`, without the network. `id`: the request's that it does so for. */
  call(
    call: Omit<Call, "id" | "principal" | "headers" | "rawQuery"> &
      Partial<Pick<Call, "id" | "headers" | "rawQuery">> & { session: Session },
  ): Promise<Reply>;
}

export interface IssueOptions {
  readonly tags?: Readonly<Record<string, string>>;
  readonly seconds?: number;
  readonly sourceIdentity?: string;
}
