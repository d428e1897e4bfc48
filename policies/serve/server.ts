/** Serves a pack to the engine, over its analyzer protocol. */
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { sendUnaryData, ServerUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/analyzer_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Pack } from "./pack.ts";
import { SDK_VERSION } from "./sdk.ts";

export interface Served {
  readonly port: number;
  close(): void;
}

/** Listens on a free port of the loopback address. */
export async function serve(pack: Pack): Promise<Served> {
  const server = new Server({
    // A stack comes in one message; the peer is the engine on this machine.
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(SERVICE, handlers(pack));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(new Error(`the policy pack can't listen: ${error.message}`));
      else resolve(bound);
    });
  });
  return {
    port,
    close: () => {
      server.forceShutdown();
    },
  };
}

const NOTHING = new pb.AnalyzeRequest();
const unread = { requestDeserialize: () => NOTHING };
/** The engine asks about each resource by itself too. No rule does: what it sends then is not even read. */
const SERVICE = {
  ...rpc.AnalyzerService,
  analyze: { ...rpc.AnalyzerService.analyze, ...unread },
  remediate: { ...rpc.AnalyzerService.remediate, ...unread },
};

function handlers(pack: Pack): UntypedServiceImplementation {
  return {
    getAnalyzerInfo: unary(() => pack.info()),
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(SDK_VERSION)),
    configure: unary((request: InstanceType<typeof pb.ConfigureAnalyzerRequest>) => {
      pack.configure(request);
      return new empty.Empty();
    }),
    configureStack: unary((request: InstanceType<typeof pb.AnalyzerStackConfigureRequest>) => {
      pack.tag(request.getTagsMap().entries());
      return new pb.AnalyzerStackConfigureResponse();
    }),
    analyze: unary(() => new pb.AnalyzeResponse()),
    remediate: unary(() => new pb.RemediateResponse()),
    analyzeStack: unary((request: InstanceType<typeof pb.AnalyzeStackRequest>) => pack.analyze(request)),
  };
}

function unary<Request, Reply>(handle: (request: Request) => Reply | Promise<Reply>) {
  return (call: ServerUnaryCall<Request, Reply>, done: sendUnaryData<Reply>): void => {
    Promise.resolve(call.request)
      .then(handle)
      .then(
        (reply) => {
          done(null, reply);
        },
        (error: unknown) => {
          // The engine stops at an error: what is not judged is not deployed.
          done({ code: status.UNKNOWN, message: error instanceof Error ? error.message : String(error) });
        },
      );
  };
}
