import { createContextForToken } from "../shared/credentials.ts";
import { readEnvironment } from "../shared/environment.ts";
import { httpHandler } from "../shared/http.ts";
import { chatRoutes } from "./chat.ts";
import { ANSWER_VARIABLES, answerParts } from "../agent/parts.ts";

const env = process.env;
const settings = readEnvironment("chat", ANSWER_VARIABLES, env);

export const handler = httpHandler(
  chatRoutes({
    contextForToken: createContextForToken(env, settings.AWS_REGION, settings.BROKER_FUNCTION),
    ...answerParts(env, settings),
  }),
);
