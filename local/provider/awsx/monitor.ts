/** The engine's monitor, as far as a component needs it: children and outputs. */
import { credentials } from "@grpc/grpc-js";
import monitorRpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/resource_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { UNKNOWN } from "../values.ts";
import type { Properties } from "../values.ts";

export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly inputs: Properties;
  /** Whose outputs each of the inputs came from. */
  readonly from?: Readonly<Record<string, Registered>>;
  readonly dependsOn?: readonly string[];
  /** undefined: as the engine decides. */
  readonly protect?: boolean | undefined;
  /** Reference of the provider that makes it; undefined: the stack's own. */
  readonly provider: string | undefined;
  /** Version of that provider's package, by which the engine knows it again. */
  readonly version: string;
}

export interface Registered {
  readonly urn: string;
  /** Unknown at preview. */
  readonly id: string;
}

export class Monitor {
  readonly #client: InstanceType<typeof monitorRpc.ResourceMonitorClient>;

  constructor(address: string) {
    this.#client = new monitorRpc.ResourceMonitorClient(address, credentials.createInsecure());
  }

  /** The component itself, as the program's request describes it. */
  async component(request: InstanceType<typeof pb.RegisterResourceRequest>): Promise<string> {
    return (await this.#register(request)).getUrn();
  }

  async resource(of: Registration): Promise<Registered> {
    const from = Object.entries(of.from ?? {});
    const request = new pb.RegisterResourceRequest()
      .setType(of.type)
      .setName(of.name)
      .setParent(of.parent)
      .setCustom(true)
      .setObject(struct.Struct.fromJavaScript(of.inputs as Record<string, never>))
      .setDependenciesList([...new Set([...(of.dependsOn ?? []), ...from.map(([, { urn }]) => urn)])])
      .setProvider(of.provider ?? "")
      .setVersion(of.version)
      .setSupportspartialvalues(true);
    if (of.protect !== undefined) request.setProtect(of.protect);
    for (const [property, { urn }] of from)
      request
        .getPropertydependenciesMap()
        .set(property, new pb.RegisterResourceRequest.PropertyDependencies().setUrnsList([urn]));
    const made = await this.#register(request);
    return { urn: made.getUrn(), id: made.getId() || UNKNOWN };
  }

  async outputs(urn: string, outputs: Properties): Promise<void> {
    const request = new pb.RegisterResourceOutputsRequest()
      .setUrn(urn)
      .setOutputs(struct.Struct.fromJavaScript(outputs as Record<string, never>));
    await new Promise<void>((done, failed) => {
      this.#client.registerResourceOutputs(request, (error) => {
        if (error) failed(error);
        else done();
      });
    });
  }

  close(): void {
    this.#client.close();
  }

  #register(request: InstanceType<typeof pb.RegisterResourceRequest>) {
    return new Promise<InstanceType<typeof pb.RegisterResourceResponse>>((done, failed) => {
      this.#client.registerResource(request, (error, reply) => {
        if (error) failed(error);
        else done(reply);
      });
    });
  }
}
