/** The gateway: AWS's APIs on one loopback port, every call authenticated, and authorized from the deployed policies. */
import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Account } from "../account/account.ts";
import { isDiskFull, storageFault } from "../toolchain/storage-fault.mjs";
import { LOCAL_REGION } from "../account/identity.ts";
import { Databases } from "../postgres/databases.ts";
import { Authorizer } from "./authorize.ts";
import { decodeAwsChunked } from "./aws-chunked.ts";
import {
  AwsError,
  type Call,
  type Gateway,
  type LoggedDecision,
  PATHS,
  type Reply,
  type Service,
} from "./contract.ts";
import { createGateway } from "./core.ts";
import { DecisionLog } from "./decisions.ts";
import { AsyncInvocations, type AsyncOptions } from "./functions/async.ts";
import { createFunctionRunner, type FunctionRunner } from "./functions/runner.ts";
import { oversized } from "./limits.ts";
import { listen, type Listener, type RawRequest } from "./listener.ts";
import { errorReply, protocolOf } from "./protocol.ts";
import { UnreadablePolicy } from "./policy-text.ts";
import { Roles } from "./roles.ts";
import { createServices } from "./services/index.ts";
import { Sessions } from "./sessions.ts";
import { SignatureFault } from "./signature-fault.ts";
import { isSigned, verify } from "./sigv4.ts";
import { engineReply, Throttle, type ThrottleOptions } from "./throttle.ts";

export interface GatewayOptions {
  /** The embedded account's folder; made if it is not there. */
  readonly folder: string;
  /** @default 0, which takes a free port */
  readonly port?: number;
  readonly host?: "127.0.0.1";
  /**
   * How long a new or changed IAM policy takes to act, in seconds; other access policies in proportion.
   * @default 0
   */
  readonly consistencySeconds?: number;
  /** Refuses a share of the signed calls as AWS throttles. Default: none. */
  readonly throttle?: ThrottleOptions;
  /** How asynchronous invocations are delivered and retried. */
  readonly asynchronous?: AsyncOptions;
}

export interface RunningGateway extends Gateway {
  /** The newest decisions, oldest first. */
  decisions(): LoggedDecision[];
  /** Ends requests under way, then functions, services and the account. */
  close(): Promise<void>;
}

/**
 * Opens the account and serves its APIs.
 * @throws Error that says what to do if the port is taken.
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const host = options.host ?? "127.0.0.1";
  const account = Account.open(options.folder, { consistencySeconds: options.consistencySeconds ?? 0 });
  const log = new DecisionLog(options.folder);
  // The port is known once the gateway listens, and is part of what it serves: the first requests wait for that moment.
  const started = Promise.withResolvers<Server>();
  let listener: Listener;
  try {
    listener = await listen({
      host,
      port: options.port ?? 0,
      answer: async (request) => (await started.promise).answer(request),
      refuse: (head, error) => errorReply(protocolOf("", head.headers), error, randomUUID()),
    });
  } catch (error) {
    log.close();
    account.close();
    throw error;
  }
  const { asynchronous, throttle } = options;
  const server = new Server({
    account,
    log,
    origin: `http://${host}:${listener.port}`,
    asynchronous,
    throttle,
  });
  started.resolve(server);
  const { gateway, functions, events, services } = server;
  return {
    ...gateway,
    decisions: () => log.recent(),
    close: async () => {
      await listener.close();
      // Told first that what the functions end with is not their own failure.
      const drained = events.close();
      await functions.close();
      await drained;
      for (const service of services) await service.close?.();
      await gateway.databases.close();
      log.close();
      account.close();
    },
  };
}

/** Routes requests: who asks (signature), which API, what it answers. */
class Server {
  readonly gateway: Gateway;
  readonly functions: FunctionRunner;
  readonly events: AsyncInvocations;
  readonly services: readonly Service[];
  readonly #log: DecisionLog;
  readonly #sessions: Sessions;
  readonly #faults: string;
  readonly #hosts: ReadonlySet<string>;
  readonly #throttle: Throttle;

  constructor(parts: {
    account: Account;
    log: DecisionLog;
    origin: string;
    asynchronous: AsyncOptions | undefined;
    throttle: ThrottleOptions | undefined;
  }) {
    this.#throttle = new Throttle(parts.throttle);
    const roles = new Roles(parts.account);
    this.#sessions = new Sessions(parts.account, roles);
    this.#log = parts.log;
    this.#faults = join(parts.account.folder, "gateway.log");
    const port = parts.origin.slice(parts.origin.lastIndexOf(":"));
    // Without the port too: OpenSearch's client signs and sends the bare host name. A foreign name, as DNS rebinding
    // brings one, is none of these.
    this.#hosts = new Set(["127.0.0.1", "localhost"].flatMap((host) => [host, `${host}${port}`]));
    const authorizer = new Authorizer({ roles, sessions: this.#sessions, log: parts.log });
    this.gateway = createGateway({
      ...parts,
      databases: new Databases(parts.account),
      roles,
      sessions: this.#sessions,
      authorizer,
      call: (call) => this.#callAs(call),
      invokeFunction: (name, event, tenantId) => this.functions.invoke(name, event, { tenantId }),
      invokeFunctionLater: (name, event) => {
        this.events.add(name, event);
      },
    });
    this.functions = createFunctionRunner(this.gateway);
    this.events = new AsyncInvocations(
      this.gateway,
      (name, event, requestId) => this.functions.invoke(name, event, { requestId }),
      parts.asynchronous,
    );
    this.services = createServices(this.gateway);
  }

  readonly answer = async (request: RawRequest): Promise<Reply> => {
    const id = randomUUID();
    try {
      this.#checkTarget(request);
      if (request.method === "GET" && request.rawPath === PATHS.decisions)
        return this.#log.answer(request.rawQuery);
      if (isSigned(request)) return await this.#signed(request, id);
      const service = this.services.find((each) => each.unsigned?.(request) === true);
      if (service === undefined)
        throw new SignatureFault("missing", "The request is missing an authentication token.");
      return await this.#handle(service, {
        ...callOf(request, id, ""),
        principal: { kind: "anonymous" },
        session: undefined,
      });
    } catch (error) {
      if (error instanceof SignatureFault) {
        return errorReply(protocolOf(error.service, request.headers), error.toAwsError(request.headers), id);
      }
      return this.#fault(error, "", request.headers, id);
    }
  };

  async #signed(request: RawRequest, id: string): Promise<Reply> {
    const { session, service } = verify(request, {
      region: LOCAL_REGION,
      find: (key) => this.#sessions.find(key),
      now: Date.now(),
    });
    const call: Call = {
      ...callOf(decodeAwsChunked(request), id, service),
      principal: session.principal,
      session,
    };
    const refused = this.#throttle.refusal(service) ?? oversized(service, call.body);
    if (refused === undefined) return this.#route(call);
    return servesEngine(call)
      ? engineReply(refused)
      : errorReply(protocolOf(service, call.headers), refused, id);
  }

  async #route(call: Call): Promise<Reply> {
    const service = this.services.find((each) => each.serves(call));
    if (service !== undefined) return this.#handle(service, call);
    const target = call.headers["x-amz-target"] ?? `${call.method} ${call.rawPath}`;
    const error = new AwsError(
      "UnknownOperationException",
      `The embedded account does not serve ${target} of service '${call.service}'.`,
      404,
    );
    return errorReply(protocolOf(call.service, call.headers), error, call.id);
  }

  async #handle(service: Service, call: Call): Promise<Reply> {
    try {
      return await service.handle(call);
    } catch (error) {
      return this.#fault(error, call.service, call.headers, call.id);
    }
  }

  async #callAs({ session, ...call }: Parameters<Gateway["call"]>[0]): Promise<Reply> {
    this.#sessions.check(session);
    return this.#route({
      headers: {},
      rawQuery: "",
      ...call,
      id: call.id ?? randomUUID(),
      principal: session.principal,
      session,
    });
  }

  /** A page on the web that resolves its own name to this machine must not get to talk to the gateway: only its own names count. */
  #checkTarget(request: RawRequest): void {
    if (!request.rawPath.startsWith("/")) {
      throw new AwsError("InvalidURI", "The request's target must be a path.", 400);
    }
    if (!this.#hosts.has(request.headers["host"] ?? "")) {
      throw new AwsError(
        "InvalidHost",
        `The gateway serves ${[...this.#hosts].join(" and ")}, not host '${request.headers["host"] ?? ""}'.`,
        421,
      );
    }
  }

  #fault(error: unknown, service: string, headers: Readonly<Record<string, string>>, id: string): Reply {
    const protocol = protocolOf(service, headers);
    if (error instanceof AwsError) return errorReply(protocol, error, id);
    if (error instanceof UnreadablePolicy) {
      return errorReply(
        protocol,
        new AwsError("AccessDenied", `Can't be judged: ${error.message}.`, 403),
        id,
      );
    }
    // Said plainly, because nothing of the request is wrong; no name of AWS's fits.
    if (isDiskFull(error)) {
      const message = `${storageFault(error, dirname(this.#faults)) ?? ""} The request was not carried out.`;
      return errorReply(protocol, new AwsError("InsufficientStorage", message, 507), id);
    }
    this.#note(error, service, id);
    const message = `The gateway failed on request ${id}; gateway.log in the account's folder says why.`;
    return errorReply(protocol, new AwsError("InternalFailure", message, 500), id);
  }

  /** For whoever mends the gateway. That it can't be written keeps no reply back. */
  #note(error: unknown, service: string, id: string): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    try {
      appendFileSync(this.#faults, `${new Date().toISOString()} ${id} ${service}\n${text}\n`);
    } catch {
      // The disk is full or the folder is gone: the reply tells that the request failed.
    }
  }
}

/** Whether a call goes to a collection's or a domain's own address. */
const servesEngine = ({ rawPath }: Call): boolean =>
  rawPath.startsWith(PATHS.collection("")) || rawPath.startsWith(PATHS.domain(""));

function callOf(request: RawRequest, id: string, service: string): Omit<Call, "principal" | "session"> {
  const { method, rawPath, rawQuery, headers, body } = request;
  return { id, service, method, rawPath, rawQuery, headers, body };
}
