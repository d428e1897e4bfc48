/** Environment variables of the functions: what the program sets and the handlers read, in one place. */
export interface FunctionEnvironments {
  /** Verifies tokens, checks the registry, returns an IAM policy for API Gateway. */
  readonly authorizer: TokenEnvironment & { readonly REGISTRY_TABLE: string };
  /** Verifies the raw token again and mints credentials of the tenant's data role. */
  readonly broker: TokenEnvironment & {
    readonly REGISTRY_TABLE: string;
    /** ARN of a data role with `{tenant}` in place of the id. */
    readonly DATA_ROLE_ARN_TEMPLATE: string;
    /** The role that writes a tenant's users. */
    readonly MEMBERS_ROLE_ARN: string;
    /** Lifetime of data credentials in seconds, 900 to 3600 (role chaining's limit). */
    readonly SESSION_SECONDS: string;
    /** JSON: what a tenant may ask in a month (`Budget`), by plan. */
    readonly PLAN_BUDGETS: string;
  };
  readonly chat: RequestEnvironment & {
    readonly REFERENCE_KNOWLEDGE_BASE_ID: string;
    readonly EMBEDDING_MODEL_ID: string;
    readonly EMBEDDING_DIMENSIONS: string;
    readonly GUARDRAIL_ID: string;
    readonly GUARDRAIL_VERSION: string;
    readonly BUDGETS_TABLE: string;
    /** The model behind each tenant's inference profile: whose use is counted. */
    readonly CHAT_MODEL_ID: string;
    /** Absent: there is no database of claims. */
    readonly CLAIMS_CLUSTER_ARN?: string;
    /** The agent's memory. Absent: no conversation is kept. */
    readonly MEMORY_ID?: string;
  };
  readonly documents: RequestEnvironment;
  /** Makes the schema of the claims' database, and tenants' partitions and logins in it. */
  readonly "db-admin": {
    readonly CLAIMS_CLUSTER_ARN: string;
    /** The secret of the database's administrator. */
    readonly CLAIMS_ADMIN_SECRET_ARN: string;
  };
  /** Builds the agent's image. */
  readonly "image-build": { readonly ENVIRONMENT: string };
  readonly "search-admin": {
    readonly ENVIRONMENT: string;
    /** Says where the shared domain is. */
    readonly REGISTRY_TABLE: string;
    /** Seconds between the creation of an index and its use by a knowledge base, which doesn't see it at once. Default 20. */
    readonly INDEX_SETTLE_SECONDS?: string;
    /** How long a collection's policies may take to act before a refusal counts. Default 300. */
    readonly POLICY_WAIT_SECONDS?: string;
  };
  /** Runs on events of pool tenants' buckets. */
  readonly ingest: {
    readonly ENVIRONMENT: string;
    readonly REGISTRY_TABLE: string;
    /** A tenant's bucket with `{tenant}` in place of the id: an event of any other bucket is refused. */
    readonly BUCKET_TEMPLATE: string;
    readonly INGEST_ROLE_ARN_TEMPLATE: string;
    readonly EMBEDDING_MODEL_ID: string;
    readonly EMBEDDING_DIMENSIONS: string;
  };
  readonly "pre-token": { readonly MEMBERSHIPS_TABLE: string; readonly USERS_TABLE: string };
  /** The users API, by the credentials that the broker gives admins. */
  readonly users: RequestEnvironment & { readonly USERS_TABLE: string; readonly USER_POOL_ID: string };
  /** Run by the program: first admins, and the end of a tenant's users. */
  readonly "user-admin": {
    readonly USERS_TABLE: string;
    readonly MEMBERSHIPS_TABLE: string;
    readonly USER_POOL_ID: string;
  };
  /** Rotates the secret by which the API's firewall knows CloudFront. */
  readonly "origin-secret": { readonly ENVIRONMENT: string };
  /** Tries isolation and the main job on a schedule, from outside. */
  readonly canary: {
    readonly ENVIRONMENT: string;
    readonly API_URL: string;
    /** First label of the sign-in page's host, where machines ask for tokens. */
    readonly SIGN_IN_DOMAIN: string;
    /** Name of the secret that holds the clients of its tenants. */
    readonly SECRET: string;
  };
}

/** Environment variables of the agent's container. */
export type AgentEnvironment = FunctionEnvironments["chat"] & { readonly SESSIONS_TABLE: string };

interface TokenEnvironment {
  readonly ENVIRONMENT: string;
  readonly USER_POOL_ID: string;
  /** Comma-separated app client ids whose access tokens are accepted. */
  readonly CLIENT_IDS: string;
}

interface RequestEnvironment {
  readonly ENVIRONMENT: string;
  readonly BROKER_FUNCTION: string;
  readonly REGISTRY_TABLE: string;
}
