import { ANSWER_VARIABLES, answerParts } from "./parts.ts";
import { createContextForToken } from "../shared/credentials.ts";
import { readEnvironment } from "../shared/environment.ts";
import { agentCredentials } from "./credentials.ts";
import { createAgentServer } from "./server.ts";

/** Where AgentCore looks for a container's server. */
const PORT = 8080;
const HOST = "0.0.0.0";

const env = process.env;
// It answers what chat answers, by the same variables.
const settings = readEnvironment("chat", ANSWER_VARIABLES, env);
const { AWS_REGION, BROKER_FUNCTION } = settings;
const server = createAgentServer({
  contextForToken: createContextForToken(env, AWS_REGION, BROKER_FUNCTION, "data", agentCredentials(env)),
  ...answerParts(env, settings),
});
server.listen(Number(env["PORT"] ?? PORT), env["HOST"] ?? HOST);
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
