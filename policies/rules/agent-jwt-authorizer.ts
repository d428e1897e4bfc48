import { control } from "../support/control.ts";

export const agentJwtAuthorizer = control({
  name: "agent-jwt-authorizer",
  description:
    "AgentCore lets nobody in to an agent without a token of the user pool, for a client that is named.",
  severity: "critical",
  remediation: "Set authorizerConfiguration.customJwtAuthorizer with discoveryUrl and allowedClients.",
  of: ["aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime"],
  judge: (agent) => {
    agent.refers(
      "authorizerConfiguration.customJwtAuthorizer.discoveryUrl",
      "lets in whoever has AWS credentials: no JWT authorizer checks tokens",
    );
    agent.refers("authorizerConfiguration.customJwtAuthorizer.allowedClients", "takes tokens of any client");
  },
});
