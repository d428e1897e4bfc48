import { z } from "zod";
import { LOCAL_REGION } from "../../account/identity.ts";
import { AwsError, type Gateway } from "../contract.ts";
import { FunctionError } from "../functions/errors.ts";
import { invokeAsService } from "../functions/permissions.ts";
import { Late, within } from "../functions/within.ts";
import { notServed, type UserPool, type UserPoolClient } from "./pools.ts";
import type { User } from "./users.ts";

export type TriggerSource =
  | "TokenGeneration_Authentication"
  | "TokenGeneration_NewPasswordChallenge"
  | "TokenGeneration_RefreshTokens"
  | "TokenGeneration_ClientCredentials";

/** Cognito waits this long for a trigger's answer. */
const TRIGGER_MS = 5_000;

const TokenOverride = z.looseObject({
  claimsToAddOrOverride: z.record(z.string(), z.json()).nullish(),
  claimsToSuppress: z.array(z.string()).nullish(),
});
const Answer = z.looseObject({
  response: z.looseObject({
    claimsAndScopeOverrideDetails: z
      .looseObject({
        idTokenGeneration: TokenOverride.nullish(),
        accessTokenGeneration: TokenOverride.extend({
          scopesToAdd: z.array(z.string().regex(/^\S+$/)).nullish(),
          scopesToSuppress: z.array(z.string()).nullish(),
        }).nullish(),
        groupOverrideDetails: z
          .looseObject({
            groupsToOverride: z.array(z.string()).nullish(),
            iamRolesToOverride: z.array(z.string()).nullish(),
            preferredRole: z.string().nullish(),
          })
          .nullish(),
      })
      .nullish(),
  }),
});

export type Overrides = NonNullable<z.infer<typeof Answer>["response"]["claimsAndScopeOverrideDetails"]>;

/**
 * Runs the pool's pre-token-generation trigger (event version 2 or 3, which is for machine clients too). Its failure is the
 * sign-in's failure: there is no token without it.
 * @returns undefined if the pool has no such trigger, or if the trigger changes nothing.
 */
export async function preTokenOverrides(
  gateway: Gateway,
  of: {
    pool: UserPool;
    client: UserPoolClient;
    /** Absent: the client itself asks. */
    user: User | undefined;
    scopes: readonly string[];
    source: TriggerSource;
    id: string;
  },
): Promise<Overrides | undefined> {
  const trigger = triggerOf(of.pool);
  // A trigger of version 2 is not asked about machines.
  if (trigger === undefined || (of.user === undefined && trigger.version !== "3")) return undefined;
  const event = {
    version: trigger.version,
    triggerSource: of.source,
    region: LOCAL_REGION,
    userPoolId: of.pool.id,
    userName: of.user?.username ?? of.client.id,
    callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: of.client.id },
    request: {
      userAttributes: of.user
        ? { sub: of.user.sub, "cognito:user_status": of.user.status, ...of.user.attributes }
        : {},
      groupConfiguration: { groupsToOverride: [], iamRolesToOverride: [], preferredRole: null },
      scopes: of.scopes,
    },
    response: { claimsAndScopeOverrideDetails: null },
  };
  const run = invokeAsService(
    gateway,
    { service: "cognito-idp.amazonaws.com", sourceArn: of.pool.arn, function: trigger.arn, id: of.id },
    event,
  );
  const parsed = Answer.safeParse(await answerOf(run));
  if (!parsed.success)
    throw new AwsError(
      "InvalidLambdaResponseException",
      "Unrecognizable lambda output from PreTokenGeneration",
    );
  return parsed.data.response.claimsAndScopeOverrideDetails ?? undefined;
}

function triggerOf(pool: UserPool): { readonly arn: string; readonly version: "2" | "3" } | undefined {
  const config = z
    .object({
      preTokenGeneration: z.string().nullish(),
      preTokenGenerationConfig: z.object({ lambdaArn: z.string(), lambdaVersion: z.string() }).nullish(),
    })
    .parse(pool.lambdaConfig ?? {});
  const { preTokenGeneration, preTokenGenerationConfig } = config;
  if (!preTokenGenerationConfig) {
    if (preTokenGeneration) throw notServed("A pre-token-generation trigger of event version 1");
    return undefined;
  }
  const { lambdaArn: arn, lambdaVersion } = preTokenGenerationConfig;
  if (lambdaVersion === "V2_0") return { arn, version: "2" };
  if (lambdaVersion === "V3_0") return { arn, version: "3" };
  throw notServed(`A pre-token-generation trigger of version ${lambdaVersion}`);
}

async function answerOf(run: Promise<unknown>): Promise<unknown> {
  try {
    return await within(TRIGGER_MS, run);
  } catch (error) {
    if (error instanceof Late)
      throw new AwsError(
        "UserLambdaValidationException",
        "PreTokenGeneration failed: no answer in 5 seconds.",
      );
    if (error instanceof FunctionError)
      throw new AwsError(
        "UserLambdaValidationException",
        `PreTokenGeneration failed with error ${error.payload.errorMessage}.`,
      );
    if (error instanceof AwsError)
      throw new AwsError(
        "UnexpectedLambdaException",
        `PreTokenGeneration could not be invoked: ${error.message}`,
      );
    throw error;
  }
}
