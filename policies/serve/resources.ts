/** A stack's resources, from the engine's message: each is read once, at the first use of what is in it. */
import type { PolicyProviderResource, PolicyResource, PolicyResourceOptions } from "@pulumi/policy";
import type { AnalyzerResource, AnalyzeStackRequest } from "@pulumi/pulumi/proto/analyzer_pb.js";
import { propertiesOf } from "./sdk.ts";

type ByUrn = ReadonlyMap<string, PolicyResource>;

export function resourcesOf(request: AnalyzeStackRequest): PolicyResource[] {
  const byUrn = new Map<string, PolicyResource>();
  const all = request.getResourcesList().map((message) => new StackResource(message, byUrn));
  for (const resource of all) byUrn.set(resource.urn, resource);
  return all;
}

class StackResource implements PolicyResource {
  readonly type: string;
  readonly urn: string;
  readonly name: string;
  readonly #message: AnalyzerResource;
  readonly #byUrn: ByUrn;
  #props: PolicyResource["props"] | undefined;
  #opts: PolicyResourceOptions | undefined;
  #dependencies: PolicyResource[] | undefined;
  #propertyDependencies: PolicyResource["propertyDependencies"] | undefined;

  constructor(message: AnalyzerResource, byUrn: ByUrn) {
    this.type = message.getType();
    this.urn = message.getUrn();
    this.name = message.getName();
    this.#message = message;
    this.#byUrn = byUrn;
  }

  get props(): PolicyResource["props"] {
    return (this.#props ??= propertiesOf(this.#message.getProperties()));
  }

  get opts(): PolicyResourceOptions {
    return (this.#opts ??= optionsOf(this.#message));
  }

  // The SDK's shape is a field that may be absent.
  get parent(): PolicyResource {
    return this.#byUrn.get(this.#message.getParent()) as PolicyResource;
  }

  get provider(): PolicyProviderResource {
    const provider = this.#message.getProvider();
    return (provider && {
      type: provider.getType(),
      urn: provider.getUrn(),
      name: provider.getName(),
      props: propertiesOf(provider.getProperties()),
    }) as PolicyProviderResource;
  }

  get dependencies(): PolicyResource[] {
    return (this.#dependencies ??= this.#found(this.#message.getDependenciesList()));
  }

  get propertyDependencies(): PolicyResource["propertyDependencies"] {
    return (this.#propertyDependencies ??= Object.fromEntries(
      [...this.#message.getPropertydependenciesMap().entries()].map(([property, urns]) => [
        property,
        this.#found(urns.getUrnsList()),
      ]),
    ));
  }

  isType(of: object): boolean {
    return "__pulumiType" in of && of.__pulumiType === this.type;
  }

  asType(of: object): never {
    // The SDK types what it gives back by the class that is asked for.
    return (this.isType(of) ? this.props : undefined) as never;
  }

  #found(urns: readonly string[]): PolicyResource[] {
    return urns.flatMap((urn) => this.#byUrn.get(urn) ?? []);
  }
}

function optionsOf(message: AnalyzerResource): PolicyResourceOptions {
  const options = message.getOptions();
  if (options === undefined)
    throw new Error(`the engine says nothing of the options of ${message.getUrn()}: use a newer Pulumi CLI`);
  const timeouts = options.getCustomtimeouts();
  return {
    protect: options.getProtect(),
    ignoreChanges: options.getIgnorechangesList(),
    aliases: options.getAliasesList(),
    customTimeouts: {
      createSeconds: timeouts?.getCreate() ?? 0,
      updateSeconds: timeouts?.getUpdate() ?? 0,
      deleteSeconds: timeouts?.getDelete() ?? 0,
    },
    additionalSecretOutputs: options.getAdditionalsecretoutputsList(),
    ...(options.getDeletebeforereplacedefined() && {
      deleteBeforeReplace: options.getDeletebeforereplace(),
    }),
    ...(options.getParent() !== "" && { parent: options.getParent() }),
  };
}
