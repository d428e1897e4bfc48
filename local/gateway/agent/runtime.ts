/** A deployed agent runtime, as far as invoking it needs. */
import { z } from "zod";
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";

export const RUNTIME = "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime";

export const Runtime = z.looseObject({
  agentRuntimeId: z.string(),
  roleArn: z.string(),
  agentRuntimeVersion: z.string(),
  agentRuntimeArtifact: z.looseObject({
    containerConfiguration: z.looseObject({ containerUri: z.string() }),
  }),
  environmentVariables: z.record(z.string(), z.string()).nullish(),
  authorizerConfiguration: z
    .looseObject({
      customJwtAuthorizer: z.strictObject({
        discoveryUrl: z.string(),
        allowedClients: z.array(z.string()).nullish(),
        allowedAudiences: z.array(z.string()).nullish(),
      }),
    })
    .nullish(),
  requestHeaderConfiguration: z
    .looseObject({ requestHeaderAllowlists: z.array(z.string()).nullish() })
    .nullish(),
});
export type AgentRuntime = z.infer<typeof Runtime>;

export const runtimeArn = (id: string): string =>
  `arn:${LOCAL_PARTITION}:bedrock-agentcore:${LOCAL_REGION}:${LOCAL_ACCOUNT}:runtime/${id}`;
