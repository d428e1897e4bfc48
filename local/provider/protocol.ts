/** Pulumi's provider protocol (`pulumirpc.ResourceProvider`) over gRPC: messages to plain values and back. */
import { status } from "@grpc/grpc-js";
import type { UntypedServiceImplementation, sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Account } from "../account/account.ts";
import { AwsError } from "../gateway/contract.ts";
import type { Change } from "./diff.ts";
import type { Fault } from "./check.ts";
import { invoke } from "./invokes.ts";
import type { Placed, Provider } from "./provider.ts";
import { settings, settingsFaults } from "./settings.ts";
import type { Settings } from "./settings.ts";
import { isObject, reveal } from "./values.ts";
import type { Properties } from "./values.ts";

/** The version of @pulumi/aws whose types are in `local/data`. */
export const VERSION = "7.48.0";

/** What was agreed with one connection: the engine makes one per configured provider. */
interface Peer {
  settings?: Settings;
  programFolder?: string;
}

type Handler<Request, Reply> = (request: Request, peer: Peer) => Reply | Promise<Reply>;

export function handlers(
  provider: Provider,
  programFolder: string,
  account: Account,
): UntypedServiceImplementation {
  const peers = new Map<string, Peer>();

  function unary<Request, Reply>(handle: Handler<Request, Reply>) {
    return (call: ServerUnaryCall<Request, Reply>, done: sendUnaryData<Reply>): void => {
      const address = call.getPeer();
      const peer = peers.get(address) ?? {};
      peers.set(address, peer);
      Promise.resolve(call.request)
        .then((request) => handle(request, peer))
        .then(
          (reply) => {
            done(null, reply);
          },
          (error: unknown) => {
            done({ code: status.UNKNOWN, message: explained(error) });
          },
        );
    };
  }

  const placed = (peer: Peer): Placed => {
    if (!peer.settings) throw new Error("the engine has not configured the aws provider on this connection");
    return { settings: peer.settings, programFolder: peer.programFolder ?? programFolder };
  };

  return {
    handshake: unary((request: InstanceType<typeof pb.ProviderHandshakeRequest>, peer) => {
      const folder = request.getProgramDirectory();
      if (folder !== undefined && folder !== "") peer.programFolder = folder;
      return new pb.ProviderHandshakeResponse();
    }),
    attach: unary(() => new empty.Empty()),
    cancel: unary(() => new empty.Empty()),
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(VERSION)),

    checkConfig: unary((request: InstanceType<typeof pb.CheckRequest>) =>
      checked(plain(request.getNews()), settingsFaults(plain(request.getNews()))),
    ),
    diffConfig: unary(() => new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: unary((request: InstanceType<typeof pb.ConfigureRequest>, peer) => {
      peer.settings = settings(plain(request.getArgs()));
      // Without secrets and unknown-aware outputs: the engine itself marks outputs of secret inputs again.
      return new pb.ConfigureResponse().setSupportspreview(true);
    }),

    check: unary((request: InstanceType<typeof pb.CheckRequest>) => {
      const [olds, news] = [plain(request.getOlds()), plain(request.getNews())];
      const result = provider.check(request.getUrn(), olds, news, request.getRandomseed_asU8());
      return checked(result.inputs, result.faults);
    }),
    diff: unary((request: InstanceType<typeof pb.DiffRequest>, peer) => {
      const [oldInputs, olds] = [plain(request.getOldInputs()), plain(request.getOlds())];
      const news = plain(request.getNews());
      const found = provider.diff(request.getUrn(), request.getId(), oldInputs, olds, news, placed(peer));
      return differing(found).setDeletebeforereplace(provider.deletesFirst(request.getUrn(), found, news));
    }),
    create: unary(async (request: InstanceType<typeof pb.CreateRequest>, peer) => {
      const inputs = plain(request.getProperties());
      const made = await provider.create(request.getUrn(), inputs, request.getPreview(), placed(peer));
      return new pb.CreateResponse().setId(made.id).setProperties(message(made.outputs));
    }),
    read: unary((request: InstanceType<typeof pb.ReadRequest>) => {
      const found = provider.read(request.getUrn(), request.getId());
      // An empty id says that there is no such resource.
      if (!found) return new pb.ReadResponse();
      return new pb.ReadResponse()
        .setId(found.id)
        .setInputs(message(found.inputs))
        .setProperties(message(found.outputs));
    }),
    update: unary(async (request: InstanceType<typeof pb.UpdateRequest>, peer) => {
      const [olds, news] = [plain(request.getOlds()), plain(request.getNews())];
      const [urn, id] = [request.getUrn(), request.getId()];
      const made = await provider.update(urn, id, olds, news, request.getPreview(), placed(peer));
      return new pb.UpdateResponse().setProperties(message(made.outputs));
    }),
    delete: unary(async (request: InstanceType<typeof pb.DeleteRequest>) => {
      await provider.delete(request.getUrn(), request.getId());
      return new empty.Empty();
    }),
    invoke: unary((request: InstanceType<typeof pb.InvokeRequest>, peer) =>
      new pb.InvokeResponse().setReturn(
        message(invoke(request.getTok(), placed(peer).settings.place, plain(request.getArgs()), account)),
      ),
    ),
  };
}

function plain(message: InstanceType<typeof struct.Struct> | undefined): Properties {
  const value = reveal(message?.toJavaScript() ?? {});
  return isObject(value) ? value : {};
}

/** A message can't hold `undefined`. */
function message(properties: Properties): InstanceType<typeof struct.Struct> {
  return struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, never>);
}

function checked(inputs: Properties, faults: readonly Fault[]): InstanceType<typeof pb.CheckResponse> {
  const failures = faults.map(({ property, reason }) =>
    new pb.CheckFailure().setProperty(property).setReason(reason),
  );
  return new pb.CheckResponse().setInputs(message(inputs)).setFailuresList(failures);
}

function differing(found: readonly Change[]): InstanceType<typeof pb.DiffResponse> {
  const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
  const reply = new pb.DiffResponse().setChanges(found.length === 0 ? DIFF_NONE : DIFF_SOME);
  reply.setHasdetaileddiff(true);
  for (const change of found) {
    const top = change.path.split(/[.[]/)[0] ?? change.path;
    reply.addDiffs(top);
    if (change.replaces) reply.addReplaces(top);
    reply
      .getDetaileddiffMap()
      .set(change.path, new pb.PropertyDiff().setKind(kind(change)).setInputdiff(true));
  }
  return reply;
}

function kind({ kind: change, replaces }: Change) {
  const kinds = pb.PropertyDiff.Kind;
  if (change === "add") return replaces ? kinds.ADD_REPLACE : kinds.ADD;
  if (change === "delete") return replaces ? kinds.DELETE_REPLACE : kinds.DELETE;
  return replaces ? kinds.UPDATE_REPLACE : kinds.UPDATE;
}

/** One sentence for the person who deploys, never a stack trace. */
export function explained(error: unknown): string {
  if (error instanceof AwsError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
