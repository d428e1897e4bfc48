/**
 * Bedrock AgentCore's data plane, as far as a deployed agent goes: InvokeAgentRuntime over HTTPS with a bearer token. The service verifies
 * the token as the runtime's authorizer says, passes on the headers that the runtime lists, and nothing of them decides on anything else.
 * Source: Amazon Bedrock AgentCore Developer Guide and API reference.
 */
import { randomUUID } from "node:crypto";
import { AgentContainers } from "../agent/containers.ts";
import { Runtime, RUNTIME, runtimeArn, type AgentRuntime } from "../agent/runtime.ts";
import { TokenRefused, verifyBearer } from "../agent/bearer.ts";
import { AwsError, type Call, type Gateway, type Reply, type Service } from "../contract.ts";

const ENDPOINT = "aws:bedrock/agentcoreAgentRuntimeEndpoint:AgentcoreAgentRuntimeEndpoint";
const PATH = /^\/runtimes\/(?<arn>[^/]+)\/invocations$/;
const SESSION = "x-amzn-bedrock-agentcore-runtime-session-id";
/** Passed on whatever the runtime lists. */
const ALWAYS = ["accept", "content-type"];
/** What a container answers with that reaches the client. */
const ANSWERED = ["content-type", "cache-control", "retry-after", "x-content-type-options"];

export function createAgentCoreService(gateway: Gateway): Service {
  const containers = new AgentContainers(gateway);
  return {
    serves: (call) => call.service === "bedrock-agentcore",
    unsigned: ({ rawPath }) => PATH.test(rawPath),
    handle: async (call) => {
      try {
        return await invoke(gateway, containers, call);
      } catch (error) {
        if (error instanceof TokenRefused)
          return problem(call, 401, "AccessDeniedException", error.message, { "www-authenticate": "Bearer" });
        if (error instanceof AwsError) return problem(call, error.status, error.code, error.message);
        throw error;
      }
    },
    close: () => containers.close(),
  };
}

async function invoke(gateway: Gateway, containers: AgentContainers, call: Call): Promise<Reply> {
  const arn = decoded(PATH.exec(call.rawPath)?.groups?.["arn"] ?? "");
  if (arn === undefined) throw new AwsError("ResourceNotFoundException", "There is no such address.", 404);
  if (call.method !== "POST") throw new AwsError("ValidationException", "Method not allowed.", 405);
  const record = gateway.account.resources(RUNTIME).find(({ id }) => runtimeArn(id) === arn);
  if (!record)
    throw new AwsError("ResourceNotFoundException", `No endpoint or agent found with ${arn}.`, 404);
  const runtime = Runtime.parse(record.outputs);
  checkQualifier(gateway, runtime, new URLSearchParams(call.rawQuery).get("qualifier") ?? "DEFAULT");
  const authorizer = runtime.authorizerConfiguration?.customJwtAuthorizer;
  // A runtime takes the one or the other; those of this project take tokens.
  if (!authorizer || call.session)
    throw new AwsError("AccessDeniedException", "Authorization method mismatch.", 403);
  await verifyBearer(gateway, authorizer, call.headers["authorization"]);
  const session = call.headers[SESSION] ?? randomUUID();
  if (session.length < 33 || session.length > 256)
    throw new AwsError("ValidationException", `${SESSION} must have 33 to 256 characters.`);
  const listed = (runtime.requestHeaderConfiguration?.requestHeaderAllowlists ?? []).map((name) =>
    name.toLowerCase(),
  );
  const passed = [...ALWAYS, ...listed].flatMap((name) => {
    const value = call.headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const answer = await containers.invoke(runtime, {
    headers: { ...Object.fromEntries(passed), [SESSION]: session },
    body: call.body,
  });
  const headers = ANSWERED.flatMap((name) => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return {
    status: answer.status,
    headers: { ...Object.fromEntries(headers), [SESSION]: session, "x-amzn-requestid": call.id },
    stream: answer.body ?? empty(),
  };
}

async function* empty(): AsyncGenerator<Uint8Array> {
  // An answer without a body.
}

/** `DEFAULT` is the latest version; any other is an endpoint that is deployed. */
function checkQualifier(gateway: Gateway, { agentRuntimeId }: AgentRuntime, qualifier: string): void {
  const known = gateway.account
    .resources(ENDPOINT)
    .some(({ outputs }) => outputs["agentRuntimeId"] === agentRuntimeId && outputs["name"] === qualifier);
  if (qualifier !== "DEFAULT" && !known)
    throw new AwsError("ResourceNotFoundException", `No endpoint found with qualifier ${qualifier}.`, 404);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function problem(
  call: Call,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    status,
    headers: {
      "content-type": "application/json",
      "x-amzn-errortype": code,
      "x-amzn-requestid": call.id,
      ...headers,
    },
    body: JSON.stringify({ message }),
  };
}
