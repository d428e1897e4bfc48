/** Providers that the real Pulumi engine attaches to, in place of those that would call AWS. */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { Gateway } from "../gateway/contract.ts";
import { awsxHandlers } from "./awsx/protocol.ts";
import { Lifecycle } from "./lifecycle.ts";
import { Provider } from "./provider.ts";
import { handlers } from "./protocol.ts";

export interface Providers {
  /** Value for the variable `PULUMI_DEBUG_PROVIDERS` of the engine's process. */
  readonly debugProviders: string;
  close(): Promise<void>;
}

export interface ProviderOptions {
  /** Where relative asset paths of the program start, if the engine doesn't say. Default: the working directory. */
  readonly programFolder?: string;
}

/** Serves the stand-in for the `aws` and `awsx` providers each on a free port of the loopback address. */
export async function startProviders(gateway: Gateway, options: ProviderOptions = {}): Promise<Providers> {
  const provider = new Provider(new Lifecycle(gateway));
  const aws = await serve(handlers(provider, options.programFolder ?? process.cwd(), gateway.account));
  try {
    const awsx = await serve(awsxHandlers());
    return {
      debugProviders: `aws:${aws.port},awsx:${awsx.port}`,
      close: async () => {
        await Promise.all([aws.close(), awsx.close()]);
      },
    };
  } catch (error) {
    await aws.close();
    throw error;
  }
}

async function serve(service: UntypedServiceImplementation) {
  const server = new Server({
    // A resource may be as large as AWS lets it be; the peer is the engine on this machine.
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(rpc.ResourceProviderService, service);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(new Error(`the provider can't listen: ${error.message}`));
      else resolve(bound);
    });
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      const force = setTimeout(() => {
        server.forceShutdown();
      }, 500);
      server.tryShutdown(() => {
        clearTimeout(force);
        resolve();
      });
    });
  return { port, close };
}
