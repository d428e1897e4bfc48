/**
 * What isolation depends on, read from resources: who there is, what is owned by whom, and the policies between. Pure data: the
 * proof asks it, classes of tenants compare it, tests make it by hand.
 */
import type { SecurityConfiguration } from "../opensearch/access.ts";
import type { NamedPolicy } from "../types.ts";
import type { Gap } from "./resource.ts";

/** Where the stack is deployed, as its own ARNs say. */
export interface Where {
  readonly environment: string;
  readonly account: string;
  readonly region: string;
  readonly partition: string;
}

/** A policy that stands in a resource of the program. */
export interface PlacedPolicy extends NamedPolicy {
  readonly urn: string;
}

/** What has an owner. `undefined`: the platform's. */
export interface Owned {
  readonly urn: string;
  /** The tenant whose it is. */
  readonly owner: string | undefined;
}

export interface Tagged {
  readonly tags: Readonly<Record<string, string>>;
}

export interface Role extends Owned, Tagged {
  readonly name: string;
  readonly arn: string;
  readonly trust: PlacedPolicy;
  /** Inline and managed. */
  readonly identity: readonly PlacedPolicy[];
  readonly boundary: PlacedPolicy | undefined;
}

export interface Bucket extends Owned, Tagged {
  readonly name: string;
  readonly arn: string;
  readonly policy: PlacedPolicy | undefined;
  /** ARN of the key that it is encrypted with by default. */
  readonly keyArn: string | undefined;
}

export interface Key extends Owned, Tagged {
  /** With a symbol for the id, where that is not known. */
  readonly arn: string;
  /** `alias/…` */
  readonly aliases: readonly string[];
  /** Undefined: KMS gives it the default one, which leaves all to identity policies. */
  readonly policy: PlacedPolicy | undefined;
}

export interface Table extends Tagged {
  readonly urn: string;
  readonly name: string;
  readonly arn: string;
  readonly policy: PlacedPolicy | undefined;
  /** Secondary indexes, by name; and whether its changes are streamed. */
  readonly indexes: readonly string[];
  readonly stream: boolean;
  /** Items that the program writes; each has an owner: a tenant's, or the platform's. */
  readonly items: readonly Item[];
}

export interface Item extends Owned {
  /** The value of the partition key. */
  readonly partition: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface KnowledgeBase extends Owned, Tagged {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  /** ARN of the collection that it writes and reads. */
  readonly collectionArn: string | undefined;
  readonly sources: readonly {
    readonly urn: string;
    readonly bucketArn: string;
    readonly prefixes: readonly string[];
  }[];
}

export interface InferenceProfile extends Owned, Tagged {
  readonly name: string;
  readonly arn: string;
  /** ARN of the model behind it. */
  readonly model: string;
}

export interface Guardrail extends Owned, Tagged {
  readonly arn: string;
}

export interface Collection extends Owned, Tagged {
  readonly name: string;
  readonly arn: string;
  readonly keyArn: string | undefined;
  /** Indices that the admin function makes in it. */
  readonly indices: readonly { readonly urn: string; readonly name: string }[];
}

/** A data-access policy of OpenSearch Serverless. They hold for the whole account, whichever collection they name. */
export interface AccessPolicy extends Owned {
  readonly name: string;
  readonly document: string;
}

export interface Domain extends Tagged {
  readonly urn: string;
  readonly name: string;
  readonly arn: string;
  readonly policy: PlacedPolicy | undefined;
  /** Roles of the engine and their mappings, and where each was put. */
  readonly security: SecurityConfiguration;
  readonly securityUrns: Readonly<Record<string, string>>;
  /** IAM roles that are the engine's master: they pass by its roles. */
  readonly masters: readonly string[];
  readonly indices: readonly Index[];
}

export interface Index extends Owned {
  readonly name: string;
  readonly aliases: readonly string[];
}

export interface Secret extends Owned, Tagged {
  readonly name: string;
  /** Secrets Manager ends it with six characters of its own, where they are not known by `-??????`. */
  readonly arn: string;
  readonly policy: PlacedPolicy | undefined;
  readonly keyArn: string | undefined;
}

export interface LambdaFunction extends Owned, Tagged {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  /** What its permissions amount to. */
  readonly policy: readonly PlacedPolicy[];
}

/** The agent's memory on AgentCore. */
export interface Memory extends Owned, Tagged {
  readonly arn: string;
  readonly policy: PlacedPolicy | undefined;
}

/** A database cluster that the RDS Data API reaches. */
export interface Cluster extends Owned, Tagged {
  readonly name: string;
  readonly arn: string;
  readonly dataApi: boolean;
  /** Logins and what each may do, as `db-admin` was told. */
  readonly logins: readonly Login[];
}

export interface Login extends Owned {
  readonly name: string;
  /** The secret that its password is in, by name. */
  readonly secret: string;
  /** What it may touch: names of tables or partitions. */
  readonly grants: readonly string[];
}

export interface Tenant {
  readonly id: string;
  readonly tier: "silo" | "pool";
  /** The component that is its parent. */
  readonly urn: string;
}

export interface AccountModel {
  readonly where: Where;
  readonly tenants: readonly Tenant[];
  readonly roles: readonly Role[];
  readonly buckets: readonly Bucket[];
  readonly keys: readonly Key[];
  readonly tables: readonly Table[];
  readonly knowledgeBases: readonly KnowledgeBase[];
  readonly profiles: readonly InferenceProfile[];
  readonly guardrails: readonly Guardrail[];
  readonly collections: readonly Collection[];
  readonly accessPolicies: readonly AccessPolicy[];
  readonly domains: readonly Domain[];
  readonly secrets: readonly Secret[];
  readonly functions: readonly LambdaFunction[];
  readonly memories: readonly Memory[];
  readonly clusters: readonly Cluster[];
  readonly gaps: readonly Gap[];
  /** How many resources were read, those that don't matter here included. */
  readonly resources: number;
}
