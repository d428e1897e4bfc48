/** Decides on tokens that it has never seen with the authorizer's bundle, and in turns only verifies their signatures. */
import { verify } from "node:crypto";
import { createRequire } from "node:module";
import process from "node:process";
import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from "aws-lambda";
import type { Pair } from "../statistics.ts";
import { ENVIRONMENT, USER_POOL } from "../support/bundles.ts";
import { interleaved } from "../support/interleaved.ts";
import { registryAnswer } from "../support/registry.ts";
import { serve } from "../support/serve.ts";
import { newToken, signingKey } from "../support/tokens.ts";

export interface AuthorizerInput {
  /** The bundle's file. */
  readonly file: string;
  readonly warmUp: number;
  readonly rounds: number;
  readonly calls: number;
}

type Handler = (event: APIGatewayTokenAuthorizerEvent) => Promise<APIGatewayAuthorizerResult>;

const TENANT = "acme";
const METHOD = "arn:aws:execute-api:us-east-1:111122223333:bench00000/v1/POST/v1/chat";

// Nobody waits for the result any more.
process.once("disconnect", () => process.exit());
process.once("message", (input: AuthorizerInput) => {
  void measure(input).then((pairs) => process.send?.(pairs));
});

async function measure({ file, warmUp, rounds, calls }: AuthorizerInput): Promise<readonly Pair[]> {
  const key = signingKey();
  const item = registryAnswer(TENANT, "silo", "https://store.us-east-1.aoss.amazonaws.com");
  const { origin } = await serve(({ path }) => ({
    body: path.startsWith(`/${USER_POOL}/`) ? key.keySet : item,
  }));
  Object.assign(process.env, ENVIRONMENT, { AWS_ENDPOINT_URL: origin });
  const { handler } = createRequire(import.meta.url)(file) as { handler: Handler };

  // Made beforehand, each for one call of each side: signing takes far longer than what is measured.
  const count = (warmUp + rounds) * calls;
  const tokens = Array.from({ length: count }, () => newToken(key, TENANT));
  const events = tokens.map(({ text }) => ({
    type: "TOKEN" as const,
    authorizationToken: `Bearer ${text}`,
    methodArn: METHOD,
  }));
  const next = <T>(list: readonly T[]) => {
    let place = 0;
    return (): T => {
      const each = list[place++];
      if (each === undefined) throw new Error("no token is left");
      return each;
    };
  };
  const nextEvent = next(events);
  const nextToken = next(tokens);
  const decide = async (event: APIGatewayTokenAuthorizerEvent): Promise<void> => {
    const { policyDocument } = await handler(event);
    if (policyDocument.Statement[0]?.Effect !== "Allow")
      throw new Error("the authorizer refused a good token");
  };
  // The key set is fetched and the tenant's status read once, and remembered from here on.
  await decide({
    type: "TOKEN",
    methodArn: METHOD,
    authorizationToken: `Bearer ${newToken(key, TENANT).text}`,
  });
  const subject = { async: true, run: () => decide(nextEvent()) };
  const baseline = {
    async: false,
    run: () => {
      const { signed, signature } = nextToken();
      if (!verify("RSA-SHA256", signed, key.publicKey, signature)) throw new Error("a signature is wrong");
    },
  };
  return interleaved(subject, baseline, { warmUp, rounds, calls });
}
