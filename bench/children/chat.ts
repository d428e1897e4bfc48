/** Sends chat requests through the bundles of the authorizer, the chat function and the broker, one after the other. */
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import process from "node:process";
import type {
  APIGatewayAuthorizerResult,
  APIGatewayProxyEvent,
  APIGatewayProxyResult,
  APIGatewayTokenAuthorizerEvent,
  Context,
} from "aws-lambda";
import { ENVIRONMENT } from "../support/bundles.ts";
import type { Busy } from "../support/dependencies.ts";
import { serve } from "../support/serve.ts";

export interface ChatInput {
  /** Files of the bundles. */
  readonly authorizer: string;
  readonly chat: string;
  readonly broker: string;
  /** Of the dependencies. */
  readonly origin: string;
  /** The token of each request. */
  readonly tokens: readonly string[];
}

interface Handlers {
  readonly authorize: (event: APIGatewayTokenAuthorizerEvent) => Promise<APIGatewayAuthorizerResult>;
  readonly chat: (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;
}

const BODY = JSON.stringify({
  question: "What is the deductible for a cracked windscreen, and who pays it?",
});

// Nobody waits for the result any more.
process.once("disconnect", () => process.exit());
process.once("message", (input: ChatInput) => {
  void measure(input).then((requests) => process.send?.(requests));
});

/** When each request began and ended. */
async function measure({ origin, tokens, ...files }: ChatInput): Promise<readonly Busy[]> {
  const bundles = createRequire(import.meta.url);
  const load = (file: string) => (bundles(file) as { handler: unknown }).handler;
  Object.assign(process.env, ENVIRONMENT, { AWS_ENDPOINT_URL: origin });
  const broker = load(files.broker) as (request: unknown) => Promise<unknown>;
  // Lambda's part: one function invokes the other.
  const lambda = await serve(async ({ body }) => ({ body: JSON.stringify(await broker(JSON.parse(body))) }));
  process.env["AWS_ENDPOINT_URL_LAMBDA"] = lambda.origin;
  const handlers = { authorize: load(files.authorizer), chat: load(files.chat) } as Handlers;

  const requests: Busy[] = [];
  for (const token of tokens) {
    const from = process.hrtime.bigint();
    await ask(handlers, token);
    requests.push({ from, to: process.hrtime.bigint() });
  }
  return requests;
}

async function ask({ authorize, chat }: Handlers, token: string): Promise<void> {
  const { context, policyDocument } = await authorize({
    type: "TOKEN",
    authorizationToken: `Bearer ${token}`,
    methodArn: "arn:aws:execute-api:us-east-1:111122223333:bench00000/v1/POST/v1/chat",
  });
  if (policyDocument.Statement[0]?.Effect !== "Allow") throw new Error("the authorizer refused a good token");
  const headers = { Authorization: `Bearer ${token}`, "content-type": "application/json" };
  const event = {
    httpMethod: "POST",
    path: "/v1/chat",
    resource: "/v1/chat",
    pathParameters: null,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    body: BODY,
    isBase64Encoded: false,
    requestContext: { requestId: randomUUID(), authorizer: context },
  } as unknown as APIGatewayProxyEvent;
  const { statusCode, body } = await chat(event, {
    getRemainingTimeInMillis: () => 29_000,
    tenantId: String(context?.["tenantId"]),
  } as Context);
  if (statusCode !== 200 || !body.includes('"answered":true'))
    throw new Error(`not answered: ${statusCode} ${body}`);
}
