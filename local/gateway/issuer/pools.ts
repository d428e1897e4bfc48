import { z } from "zod";
import type { Account } from "../../account/account.ts";
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import { AwsError } from "../contract.ts";

export const POOL_TYPE = "aws:cognito/userPool:UserPool";
const CLIENT_TYPE = "aws:cognito/userPoolClient:UserPoolClient";

const Pool = z.object({
  passwordPolicy: z
    .object({
      minimumLength: z.number().nullish(),
      requireLowercase: z.boolean().nullish(),
      requireUppercase: z.boolean().nullish(),
      requireNumbers: z.boolean().nullish(),
      requireSymbols: z.boolean().nullish(),
      temporaryPasswordValidityDays: z.number().nullish(),
    })
    .nullish(),
  lambdaConfig: z.record(z.string(), z.unknown()).nullish(),
  mfaConfiguration: z.enum(["ON", "OFF", "OPTIONAL"]).nullish(),
  softwareTokenMfaConfiguration: z.object({ enabled: z.boolean().nullish() }).nullish(),
  usernameAttributes: z.array(z.string()).nullish(),
  aliasAttributes: z.array(z.string()).nullish(),
  usernameConfiguration: z.object({ caseSensitive: z.boolean().nullish() }).nullish(),
  schemas: z.array(z.object({ name: z.string(), required: z.boolean().nullish() })).nullish(),
});

const Unit = z.enum(["seconds", "minutes", "hours", "days"]).nullish();
const Client = z.object({
  userPoolId: z.string(),
  explicitAuthFlows: z.array(z.string()).nullish(),
  accessTokenValidity: z.number().nullish(),
  idTokenValidity: z.number().nullish(),
  refreshTokenValidity: z.number().nullish(),
  tokenValidityUnits: z.object({ accessToken: Unit, idToken: Unit, refreshToken: Unit }).nullish(),
  authSessionValidity: z.number().nullish(),
  preventUserExistenceErrors: z.string().nullish(),
  enableTokenRevocation: z.boolean().nullish(),
  generateSecret: z.boolean().nullish(),
  clientSecret: z.string().nullish(),
  allowedOauthFlows: z.array(z.string()).nullish(),
  allowedOauthFlowsUserPoolClient: z.boolean().nullish(),
  allowedOauthScopes: z.array(z.string()).nullish(),
  refreshTokenRotation: z.object({ feature: z.string() }).nullish(),
});

export type UserPool = z.infer<typeof Pool> & {
  readonly id: string;
  readonly arn: string;
  readonly issuer: string;
};

export interface UserPoolClient {
  readonly id: string;
  readonly userPoolId: string;
  readonly flows: ReadonlySet<string>;
  readonly secret: string | undefined;
  /** What the client may ask for by client credentials; empty if that is no flow of its. */
  readonly machineScopes: readonly string[];
  /** Lifetimes in seconds. */
  readonly seconds: {
    readonly access: number;
    readonly id: number;
    readonly refresh: number;
    readonly session: number;
  };
  /** `LEGACY` (false) tells an unknown user from a wrong password. */
  readonly hidesUnknownUsers: boolean;
  readonly revocation: boolean;
}

export function poolArn(id: string): string {
  return `arn:${LOCAL_PARTITION}:cognito-idp:${LOCAL_REGION}:${LOCAL_ACCOUNT}:userpool/${id}`;
}

/** @throws AwsError ResourceNotFoundException if no such pool is deployed. */
export function findPool(account: Account, id: string): UserPool {
  const record = account.resource(POOL_TYPE, id);
  if (!record) throw new AwsError("ResourceNotFoundException", `User pool ${id} does not exist.`);
  const pool = Pool.safeParse(record.outputs);
  if (!pool.success) throw notServed(`User pool ${id}: ${z.prettifyError(pool.error)}`);
  return {
    ...pool.data,
    id,
    arn: poolArn(id),
    issuer: `https://cognito-idp.${LOCAL_REGION}.amazonaws.com/${id}`,
  };
}

const UNIT_SECONDS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;

/** @throws AwsError ResourceNotFoundException if no such client is deployed. */
export function findClient(account: Account, id: string): UserPoolClient {
  const record = account.resource(CLIENT_TYPE, id);
  if (!record) throw new AwsError("ResourceNotFoundException", `User pool client ${id} does not exist.`);
  const parsed = Client.safeParse(record.outputs);
  if (!parsed.success) throw notServed(`User pool client ${id}: ${z.prettifyError(parsed.error)}`);
  const of = parsed.data;
  if (of.refreshTokenRotation?.feature === "ENABLED") throw notServed("Refresh token rotation");
  if (of.generateSecret === true && !of.clientSecret)
    throw notServed(`User pool client ${id} without its secret`);
  const units = of.tokenValidityUnits;
  // Zero means "the default" to Cognito, as an absent value does. Defaults: 60 minutes, 60 minutes, 30 days, 3 minutes.
  const seconds = (
    value: number | null | undefined,
    unit: keyof typeof UNIT_SECONDS,
    byDefault: number,
  ): number => (value ? value * UNIT_SECONDS[unit] : byDefault);
  return {
    id,
    userPoolId: of.userPoolId,
    flows: new Set(of.explicitAuthFlows ?? ["ALLOW_REFRESH_TOKEN_AUTH"]),
    secret: of.clientSecret ?? undefined,
    machineScopes:
      of.allowedOauthFlowsUserPoolClient === true &&
      of.allowedOauthFlows?.includes("client_credentials") === true
        ? (of.allowedOauthScopes ?? [])
        : [],
    seconds: {
      access: seconds(of.accessTokenValidity, units?.accessToken ?? "hours", 3600),
      id: seconds(of.idTokenValidity, units?.idToken ?? "hours", 3600),
      refresh: seconds(of.refreshTokenValidity, units?.refreshToken ?? "days", 30 * 86_400),
      session: seconds(of.authSessionValidity, "minutes", 180),
    },
    hidesUnknownUsers: of.preventUserExistenceErrors !== "LEGACY",
    revocation: of.enableTokenRevocation !== false,
  };
}

/** What a deployed pool asks for and this issuer does not do is refused by name, never left out. */
export function checkServed(pool: UserPool): void {
  if (pool.mfaConfiguration === "ON" && pool.softwareTokenMfaConfiguration?.enabled !== true)
    throw notServed("Multi-factor sign-in without an authenticator app");
  if (pool.aliasAttributes?.length) throw notServed("aliasAttributes");
  for (const [trigger, value] of Object.entries(pool.lambdaConfig ?? {})) {
    const known = ["preTokenGeneration", "preTokenGenerationConfig", "kmsKeyId"].includes(trigger);
    if (!known && value) throw notServed(`The user pool's trigger ${trigger}`);
  }
}

export function notServed(what: string): AwsError {
  return new AwsError("NotImplemented", `${what} is not served locally.`, 501);
}
