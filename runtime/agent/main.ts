import { ANSWER_VARIABLES, answerParts } from "./parts.ts";
import { createContextForToken } from "../shared/credentials.ts";
import { createDynamoDbCall } from "../shared/dynamodb.ts";
import { readEnvironment } from "../shared/environment.ts";
import { ConfigurationError } from "../shared/errors.ts";
import { agentCredentials } from "./credentials.ts";
import { createBindSession } from "./sessions.ts";
import { createAgentServer } from "./server.ts";

/** Where AgentCore looks for a container's server. */
const PORT = 8080;
const HOST = "0.0.0.0";

const env = process.env;
// It answers what chat answers, by the same variables.
const settings = readEnvironment("chat", ANSWER_VARIABLES, env);
const { AWS_REGION, BROKER_FUNCTION } = settings;
const sessionsTable = env["SESSIONS_TABLE"];
if (!sessionsTable) throw new ConfigurationError("environment variables are missing: SESSIONS_TABLE");
const server = createAgentServer({
  contextForToken: createContextForToken(env, AWS_REGION, BROKER_FUNCTION, "data", agentCredentials(env)),
  bindSession: createBindSession(createDynamoDbCall(env, AWS_REGION), sessionsTable),
  ...answerParts(env, settings),
});
server.listen(Number(env["PORT"] ?? PORT), env["HOST"] ?? HOST);
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
