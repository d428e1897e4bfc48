/** Pulumi's provider protocol as far as a package of components needs it: what is constructed is other packages' resources. */
import { status } from "@grpc/grpc-js";
import type { UntypedServiceImplementation, sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { VERSION as AWS_VERSION, explained } from "../protocol.ts";
import { construct } from "./construct.ts";

/** The version of @pulumi/awsx whose components are made. */
const VERSION = "3.9.0";

export function awsxHandlers(): UntypedServiceImplementation {
  const unary =
    <Request, Reply>(handle: (request: Request) => Reply | Promise<Reply>) =>
    (call: ServerUnaryCall<Request, Reply>, done: sendUnaryData<Reply>): void => {
      Promise.resolve(call.request)
        .then(handle)
        .then(
          (reply) => {
            done(null, reply);
          },
          (error: unknown) => {
            done({ code: status.UNKNOWN, message: explained(error) });
          },
        );
    };
  return {
    // The engine constructs by providers alone that accept both.
    handshake: unary(() =>
      new pb.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptResources(true),
    ),
    attach: unary(() => new empty.Empty()),
    cancel: unary(() => new empty.Empty()),
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(VERSION)),
    checkConfig: unary((request: InstanceType<typeof pb.CheckRequest>) =>
      new pb.CheckResponse().setInputs(request.getNews()),
    ),
    diffConfig: unary(() => new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: unary(() => new pb.ConfigureResponse().setAcceptsecrets(true).setAcceptresources(true)),
    construct: unary((request: InstanceType<typeof pb.ConstructRequest>) => construct(request, AWS_VERSION)),
  };
}
