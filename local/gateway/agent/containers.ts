/**
 * Runs agents' containers without Docker: the image's own files, in a thread of this process. One for each version of a runtime, for all
 * of its sessions; on AWS each session has a machine of its own, so what would mix up sessions in one process shows here first.
 */
import { devNull } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { freePort } from "../../free-port.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../../account/identity.ts";
import { AwsError, type Gateway } from "../contract.ts";
import { FunctionLog } from "../functions/log.ts";
import { runtimeArn, type AgentRuntime } from "./runtime.ts";
import { imageByReference } from "../services/images.ts";
import { imageTree } from "../services/image-tree.ts";

/** AgentCore waits as long for a container to be well. */
const START_MS = 120_000;
/** The role's credentials have to outlive a request. */
const MARGIN_MS = 120_000;

interface Container {
  readonly origin: string;
  readonly worker: Worker;
  /** Milliseconds since the epoch. */
  readonly usableUntil: number;
  ended: boolean;
}

export interface Invocation {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export class AgentContainers {
  readonly #gateway: Gateway;
  readonly #running = new Map<string, Promise<Container>>();

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** @throws AwsError if the container does not start or does not answer */
  async invoke(runtime: AgentRuntime, { headers, body }: Invocation): Promise<Response> {
    const { origin } = await this.#container(runtime);
    try {
      return await fetch(`${origin}/invocations`, { method: "POST", headers, body: new Uint8Array(body) });
    } catch {
      throw new AwsError(
        "RuntimeClientError",
        "The agent's container did not answer; its log says why.",
        424,
      );
    }
  }

  async close(): Promise<void> {
    const all = await Promise.allSettled(this.#running.values());
    this.#running.clear();
    await Promise.all(
      all.flatMap((each) => (each.status === "fulfilled" ? [each.value.worker.terminate()] : [])),
    );
  }

  async #container(runtime: AgentRuntime): Promise<Container> {
    const key = JSON.stringify(runtime);
    const known = await this.#running.get(key)?.catch(() => undefined);
    if (known && !known.ended && known.usableUntil > Date.now()) return known;
    if (known) {
      this.#running.delete(key);
      void known.worker.terminate();
    }
    const started = this.#running.get(key) ?? this.#start(runtime);
    this.#running.set(key, started);
    started.catch(() => {
      if (this.#running.get(key) === started) this.#running.delete(key);
    });
    return started;
  }

  async #start(runtime: AgentRuntime): Promise<Container> {
    const { account, origin } = this.#gateway;
    const uri = runtime.agentRuntimeArtifact.containerConfiguration.containerUri;
    const image = imageByReference(account, uri);
    if (!image) throw new AwsError("RuntimeClientError", `The image ${uri} is not there.`, 424);
    const tree = imageTree(account.folder, image.digest);
    const session = this.#gateway.assumeAsService(
      "bedrock-agentcore.amazonaws.com",
      runtime.roleArn,
      "BedrockAgentCore",
      { "aws:SourceAccount": LOCAL_ACCOUNT, "aws:SourceArn": runtimeArn(runtime.agentRuntimeId) },
    );
    const port = await freePort();
    const log = new FunctionLog(account.folder, runtime.agentRuntimeId);
    const worker = new Worker(tree.entry, {
      stdout: true,
      stderr: true,
      env: {
        ...tree.variables,
        ...runtime.environmentVariables,
        AWS_REGION: LOCAL_REGION,
        // From here on: what differs from AWS, where a metadata service has the credentials and a container its own network.
        AWS_ACCESS_KEY_ID: session.accessKeyId,
        AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
        AWS_SESSION_TOKEN: session.sessionToken,
        AWS_ENDPOINT_URL: origin,
        AWS_CONFIG_FILE: devNull,
        AWS_SHARED_CREDENTIALS_FILE: devNull,
        HOST: "127.0.0.1",
        PORT: String(port),
      },
    });
    const container: Container = {
      origin: `http://127.0.0.1:${port}`,
      worker,
      usableUntil: session.expiresAt - MARGIN_MS,
      ended: false,
    };
    const print = (level: string, message: string): void => {
      log.write({ level, requestId: "", message: message.trimEnd() });
    };
    for (const stream of [worker.stdout, worker.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        for (const line of text.split("\n")) if (line !== "") print("INFO", line);
      });
    worker.on("error", (error: unknown) => {
      print("ERROR", error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
    worker.on("exit", () => {
      container.ended = true;
    });
    worker.unref();
    await well(container);
    return container;
  }
}

async function well(container: Container): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline && !container.ended) {
    const up = await fetch(`${container.origin}/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (up) return;
    await sleep(50);
  }
  void container.worker.terminate();
  throw new AwsError("RuntimeClientError", "The agent's container did not start; its log says why.", 424);
}
