import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { LOCAL_ACCOUNT } from "../../account/identity.ts";
import {
  decide,
  parsePolicy,
  type Decision,
  type PolicyDocument,
  type Principal,
} from "../../../policies/isolation/index.ts";
import { AwsError, type Gateway } from "../contract.ts";
import { FunctionError } from "../functions/errors.ts";
import { invokeAsService } from "../functions/permissions.ts";
import { Late, within } from "../functions/within.ts";
import type { Authorizer, IdentitySource } from "./definition.ts";
import { executeApiArn, queryOf, requestParts, SOURCE_IP, type FrontRequest } from "./event.ts";
import { GatewayResponse } from "./responses.ts";
import type { Route } from "./route.ts";

/** API Gateway waits as long for an authorizer as for an integration. */
const AUTHORIZER_MS = 29_000;

const Answer = z.looseObject({
  principalId: z.string().min(1),
  policyDocument: z.looseObject({ Version: z.string(), Statement: z.unknown() }),
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullish(),
  usageIdentifierKey: z.string().nullish(),
});

interface Verdict {
  readonly policy: PolicyDocument;
  /** As an integration's event has it: strings, and `principalId`. */
  readonly context: Readonly<Record<string, string>>;
  /** Value of an API key: whose usage plan the request counts against. */
  readonly usageIdentifierKey: string | undefined;
}

/** Whom an authorizer let in. */
export interface Admitted {
  /** For the integration's event. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly usageIdentifierKey: string | undefined;
}

/** Asks Lambda authorizers, remembers their answers for the time that they are good, and judges requests by them. */
export class Authorizers {
  readonly #gateway: Gateway;
  readonly #verdicts = new LRUCache<string, Verdict>({ max: 10_000 });

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /**
   * @returns what the authorizer says of the caller.
   * @throws GatewayResponse if the request may not pass.
   */
  async admit(authorizer: Authorizer, request: FrontRequest, route: Route): Promise<Admitted> {
    const identity = authorizer.sources.map((source) => valueOf(source, request));
    // Nothing to know the caller by: the function is not asked.
    if (identity.some((value) => value === undefined || value === ""))
      throw new GatewayResponse("UNAUTHORIZED");
    if (authorizer.validation && !authorizer.validation.test(identity[0] ?? ""))
      throw new GatewayResponse("UNAUTHORIZED");
    // A new deployment of the stage starts with an empty cache.
    const key = digest([
      request.apiId,
      request.stage,
      request.deploymentId,
      authorizer.id,
      authorizer,
      identity,
    ]);
    const started = performance.now();
    let verdict = this.#verdicts.get(key);
    const latency = verdict ? 0 : undefined;
    if (!verdict) {
      verdict = await this.#ask(authorizer, request, route, identity[0] ?? "");
      if (authorizer.ttlSeconds > 0) this.#verdicts.set(key, verdict, { ttl: authorizer.ttlSeconds * 1000 });
    }
    this.#judge(verdict, request);
    return {
      context: { ...verdict.context, integrationLatency: latency ?? Math.round(performance.now() - started) },
      usageIdentifierKey: verdict.usageIdentifierKey,
    };
  }

  async #ask(authorizer: Authorizer, request: FrontRequest, route: Route, token: string): Promise<Verdict> {
    const methodArn = methodArnOf(request);
    const event =
      authorizer.kind === "token"
        ? { type: "TOKEN", methodArn, authorizationToken: token }
        : { type: "REQUEST", methodArn, ...requestParts(request, route) };
    const run = invokeAsService(
      this.#gateway,
      {
        service: "apigateway.amazonaws.com",
        sourceArn: executeApiArn(request.apiId, "authorizers", authorizer.id),
        function: authorizer.function,
        roleArn: authorizer.roleArn,
        id: request.requestId,
      },
      event,
    );
    let raw: unknown;
    try {
      raw = await within(AUTHORIZER_MS, run);
    } catch (error) {
      if (error instanceof FunctionError && error.payload.errorMessage === "Unauthorized")
        throw new GatewayResponse("UNAUTHORIZED");
      if (error instanceof FunctionError || error instanceof Late)
        throw new GatewayResponse("AUTHORIZER_FAILURE");
      if (error instanceof AwsError) throw new GatewayResponse("AUTHORIZER_CONFIGURATION_ERROR");
      throw error;
    }
    return readVerdict(raw);
  }

  #judge(verdict: Verdict, request: FrontRequest): void {
    // Conditions of such a policy see the request, and no IAM principal's attributes.
    const principal: Principal = {
      kind: "user",
      account: LOCAL_ACCOUNT,
      userArn: `arn:aws:iam::${LOCAL_ACCOUNT}:user/execute-api-caller`,
      tags: {},
    };
    const resource = methodArnOf(request);
    const action = "execute-api:Invoke";
    const decision: Decision = decide(
      { principal, action, resource, resourceAccount: LOCAL_ACCOUNT, context: { "aws:SourceIp": SOURCE_IP } },
      { identity: [{ name: "policy of the API's authorizer", document: verdict.policy }] },
    );
    this.#gateway.record({ principal, id: request.requestId }, { action, resource }, decision);
    if (decision.allowed) return;
    const explicit = decision.reason === "explicit-deny" ? " with an explicit deny" : "";
    throw new GatewayResponse("ACCESS_DENIED", `User is not authorized to access this resource${explicit}`);
  }
}

function readVerdict(raw: unknown): Verdict {
  const parsed = Answer.safeParse(raw);
  if (!parsed.success) throw new GatewayResponse("AUTHORIZER_CONFIGURATION_ERROR");
  const { principalId, policyDocument, context, usageIdentifierKey } = parsed.data;
  try {
    const strings = Object.entries(context ?? {}).map(([name, value]) => [name, String(value)] as const);
    return {
      policy: parsePolicy(policyDocument),
      context: { ...Object.fromEntries(strings), principalId },
      usageIdentifierKey: usageIdentifierKey ?? undefined,
    };
  } catch {
    throw new GatewayResponse("AUTHORIZER_CONFIGURATION_ERROR");
  }
}

function methodArnOf(request: FrontRequest): string {
  return executeApiArn(request.apiId, request.stage, request.verb, request.path.slice(1));
}

function valueOf(source: IdentitySource, request: FrontRequest): string | undefined {
  if (source.from === "header") return request.headers[source.name.toLowerCase()];
  return queryOf(request.rawQuery)?.[source.name]?.join(",");
}

/** Tokens are not kept, not even in memory. A list keeps apart what joined text would mix up. */
function digest(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64");
}
