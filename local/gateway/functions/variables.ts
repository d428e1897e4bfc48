import { randomBytes } from "node:crypto";
import { devNull } from "node:os";
import { LOCAL_REGION } from "../../account/identity.ts";
import type { Session } from "../contract.ts";
import type { FunctionDefinition } from "./definition.ts";

/** What a function finds in `process.env`: its own variables, what Lambda sets, and where AWS is; nothing of this machine. */
export function environmentVariables(
  definition: FunctionDefinition,
  session: Session,
  origin: string,
  stream: string,
): Record<string, string> {
  return {
    ...definition.variables,
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: stream,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x",
    LAMBDA_TASK_ROOT: definition.folder,
    _HANDLER: definition.handler,
    TZ: ":UTC",
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: session.sessionToken,
    // From here on: what differs from AWS.
    AWS_ENDPOINT_URL: origin,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    // Lambda has no such files; without these the SDK would read those of the person at this machine.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  };
}

/** `2026/11/22/[$LATEST]8f2c…`, as Lambda names the log stream of an execution environment. */
export function logStreamName(): string {
  return `${new Date().toISOString().slice(0, 10).replaceAll("-", "/")}/[$LATEST]${randomBytes(16).toString("hex")}`;
}
