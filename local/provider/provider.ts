/** One engine's provider: what the protocol asks, on plain values. */
import type { Fault } from "./check.ts";
import { faults } from "./check.ts";
import { resourceType, unknownType } from "./catalogue.ts";
import type { ResourceType } from "./catalogue.ts";
import { deletesBeforeReplacing } from "./delete-before-replace.ts";
import { changes } from "./diff.ts";
import type { Change } from "./diff.ts";
import type { Lifecycle, Request } from "./lifecycle.ts";
import { named } from "./names.ts";
import type { Settings } from "./settings.ts";
import { text } from "./values.ts";
import type { Properties } from "./values.ts";

export interface Placed {
  readonly settings: Settings;
  readonly programFolder: string;
}

/** A resource as it is after an operation; `id` is empty at preview. */
export interface Outcome {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

export class Provider {
  readonly #lifecycle: Lifecycle;

  constructor(lifecycle: Lifecycle) {
    this.#lifecycle = lifecycle;
  }

  check(
    urn: string,
    olds: Properties,
    news: Properties,
    seed: Uint8Array,
  ): { inputs: Properties; faults: Fault[] } {
    const token = typeOf(urn);
    const type = resourceType(token);
    if (!type) return { inputs: news, faults: [{ property: "", reason: unknownType(token) }] };
    // A create that was killed has got a name already, which the engine can't hand back.
    const before = Object.keys(olds).length > 0 ? olds : this.#lifecycle.unnoted(type, urn)?.inputs;
    const inputs = named(type, urn, before, news, seed);
    return { inputs, faults: faults(type, inputs) };
  }

  diff(
    urn: string,
    id: string,
    oldInputs: Properties,
    olds: Properties,
    news: Properties,
    at: Placed,
  ): Change[] {
    const type = required(urn);
    this.#lifecycle.known.note(type.token, id);
    const found = changes(type, oldInputs, news);
    const region = text(news, "region") || at.settings.place.region;
    const before = text(olds, "region");
    if (before !== "" && before !== region && !found.some((change) => change.path === "region"))
      found.push({ path: "region", pattern: "region", kind: "update", replaces: true });
    return found;
  }

  /** Whether the provider wants a replacement to begin with the deletion. */
  deletesFirst(urn: string, found: readonly Change[], news: Properties): boolean {
    return found.some((change) => change.replaces) && deletesBeforeReplacing(required(urn), news);
  }

  async create(urn: string, inputs: Properties, preview: boolean, at: Placed): Promise<Outcome> {
    const request = requested(urn, inputs, at);
    if (preview) return { id: "", inputs, outputs: this.#lifecycle.previewCreate(request) };
    return await this.#lifecycle.create(request);
  }

  read(urn: string, id: string): Outcome | undefined {
    const type = required(urn);
    const record = this.#lifecycle.read(type, id);
    if (record) this.#lifecycle.known.note(type.token, id);
    return record;
  }

  async update(
    urn: string,
    id: string,
    olds: Properties,
    inputs: Properties,
    preview: boolean,
    at: Placed,
  ): Promise<Outcome> {
    const request = requested(urn, inputs, at);
    if (preview) return { id, inputs, outputs: this.#lifecycle.previewUpdate(request, olds) };
    return await this.#lifecycle.update(request, id);
  }

  async delete(urn: string, id: string): Promise<void> {
    await this.#lifecycle.delete(required(urn), id);
  }
}

/** `urn:pulumi:stack::project::Parent$aws:s3/bucket:Bucket::name` */
function typeOf(urn: string): string {
  const qualified = urn.split("::")[2] ?? "";
  return qualified.slice(qualified.lastIndexOf("$") + 1);
}

function required(urn: string): ResourceType {
  const type = resourceType(typeOf(urn));
  if (!type) throw new Error(unknownType(typeOf(urn)));
  return type;
}

function requested(urn: string, inputs: Properties, { settings, programFolder }: Placed): Request {
  const type = required(urn);
  const region = text(inputs, "region") || settings.place.region;
  const place = { ...settings.place, region };
  return { type, urn, inputs, place, defaultTags: settings.defaultTags, programFolder };
}
