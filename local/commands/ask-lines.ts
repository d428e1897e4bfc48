/** Lines for a shell that ask the assistant, ready to be pasted. */
import { randomUUID } from "node:crypto";

const QUESTION = '{"question": "How soon must a claim be acknowledged?"}';

const curl = (url: string, token: string, ...headers: readonly string[]): string =>
  [
    `curl -s '${url}'`,
    ...["Content-Type: application/json", `Authorization: Bearer ${token}`, ...headers].map(
      (each) => `-H '${each}'`,
    ),
    `-d '${QUESTION}'`,
  ].join(" ");

/** By the API. */
export function apiLine(apiUrl: string, token: string): string {
  return curl(`${apiUrl}/v1/chat`, token);
}

/**
 * By AgentCore's own address, as a browser or a script calls it: no AWS SDK takes a bearer token there.
 * @param origin `https://bedrock-agentcore.REGION.amazonaws.com`, or the embedded account's
 * @param session whose id names the conversation; nobody else may use it
 */
export function agentLine(origin: string, runtimeArn: string, token: string, session = randomUUID()): string {
  const url = `${origin}/runtimes/${encodeURIComponent(runtimeArn)}/invocations?qualifier=live`;
  return curl(url, token, `X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: ${session}`);
}
