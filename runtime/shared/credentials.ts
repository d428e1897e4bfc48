import { createHash } from "node:crypto";

import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { LRUCache } from "lru-cache";
import { z } from "zod";

import type { BrokerRequest, BrokerResponse } from "../contract/api.ts";
import { isTenantId } from "../contract/names.ts";
import type { CredentialSource } from "./aws-clients.ts";
import { clientSettings } from "./aws-clients.ts";
import type { AwsCredentials } from "./aws-credentials.ts";
import { ownCredentials } from "./aws-credentials.ts";
import { UNBOUND, within } from "./deadline.ts";
import { DEPENDENCIES } from "./dependencies.ts";
import type { Env } from "./environment.ts";
import {
  ConfigurationError,
  DependencyUnavailable,
  Forbidden,
  InvalidToken,
  TenantNotActive,
} from "./errors.ts";
import { TenantContext } from "./tenant-context.ts";

/** The context of the tenant that a raw token belongs to; the only place where contexts are made. */
export type ContextForToken = (token: string) => Promise<TenantContext>;

/** Asks the broker. */
export type AskBroker = (request: BrokerRequest) => Promise<unknown>;

/** A grant is given up this long before it ends, so that a request that starts with it can finish with it. */
export const GRANT_MARGIN_MS = 60_000;
const MAX_GRANTS = 500;

const text = z.string().min(1);
const brokerResponse: z.ZodType<BrokerResponse> = z.discriminatedUnion("granted", [
  z.strictObject({
    granted: z.literal(true),
    grant: z.strictObject({
      tenant: z.strictObject({
        id: z.string().refine(isTenantId),
        budget: z.strictObject({ questions: z.int().min(0), tokens: z.int().min(0) }),
      }),
      user: z.strictObject({
        sub: text,
        username: text,
        issuer: text,
        groups: z.array(z.string()),
        scopes: z.array(z.string()).exactOptional(),
      }),
      credentials: z.strictObject({
        accessKeyId: text,
        secretAccessKey: text,
        sessionToken: text,
        expiration: z.iso.datetime(),
      }),
      expires: z.iso.datetime(),
    }),
  }),
  z.strictObject({
    granted: z.literal(false),
    code: z.enum(["invalid-request", "invalid-token", "tenant-not-active", "forbidden", "unavailable"]),
  }),
]);

/**
 * Grants are remembered under the SHA-256 of the token that they were given for, never beyond their end, and at most
 * 500 of them; concurrent requests with one token share one call. Refusals and failures are not remembered.
 *
 * What is under way is kept apart from what is remembered: lru-cache's own `fetch` gives up calls when it is full.
 */
export function createContextCache(
  askBroker: AskBroker,
  role: NonNullable<BrokerRequest["role"]> = "data",
): ContextForToken {
  const granted = new LRUCache<string, TenantContext>({
    max: MAX_GRANTS,
    ttlResolution: 0,
    perf: Date, // wall-clock time: what the grants' ends are stated in
    dispose: (context) => void context.close(),
  });
  const underWay = new Map<string, Promise<TenantContext>>();

  const ask = async (key: string, token: string) => {
    try {
      const { context, usableMs } = await obtain(askBroker, { token, ...(role !== "data" && { role }) });
      // lru-cache takes 0 for "no limit".
      if (usableMs > 0) granted.set(key, context, { ttl: usableMs });
      return context;
    } finally {
      underWay.delete(key);
    }
  };
  return async (token) => {
    const key = createHash("sha256").update(token).digest("base64");
    const known = granted.get(key);
    if (known) return known;
    const call = underWay.get(key) ?? ask(key, token);
    underWay.set(key, call);
    return call;
  };
}

/** {@link createContextCache} over Lambda Invoke of the broker. @param own - as whom: this function's own role by default */
export function createContextForToken(
  env: Env,
  region: string,
  brokerFunction: string,
  role?: BrokerRequest["role"],
  own: AwsCredentials | CredentialSource = ownCredentials(env),
): ContextForToken {
  const client = new LambdaClient(clientSettings(env, region, own, DEPENDENCIES.broker));
  const ask: AskBroker = (request) =>
    within(DEPENDENCIES.broker, UNBOUND, async (options) => {
      const answer = await client.send(
        new InvokeCommand({ FunctionName: brokerFunction, Payload: JSON.stringify(request) }),
        options,
      );
      if (answer.FunctionError !== undefined) throw new DependencyUnavailable("broker");
      return JSON.parse(answer.Payload?.transformToString() ?? "") as unknown;
    });
  return createContextCache(ask, role);
}

async function obtain(askBroker: AskBroker, request: BrokerRequest) {
  const parsed = brokerResponse.safeParse(await askBroker(request));
  // Its issues would quote what came, which may be credentials.
  if (!parsed.success) {
    const cause = new Error("its answer is not in its contract's shape");
    throw new DependencyUnavailable(DEPENDENCIES.broker.name, { cause });
  }
  const answer = parsed.data;
  if (answer.granted) {
    const leftMs = Date.parse(answer.grant.expires) - Date.now();
    if (leftMs <= 0) throw new InvalidToken("expired");
    return { context: TenantContext.fromGrant(answer.grant), usableMs: leftMs - GRANT_MARGIN_MS };
  }
  switch (answer.code) {
    case "invalid-token":
      throw new InvalidToken("refused-by-broker");
    case "tenant-not-active":
      throw new TenantNotActive("refused by the broker");
    case "forbidden":
      throw new Forbidden("refused by the broker");
    case "unavailable":
      throw new DependencyUnavailable("broker");
    case "invalid-request":
      throw new ConfigurationError("the broker did not understand the request");
  }
}
