/** Create, read, update and delete: from the engine's inputs to the account's records. */
import type { Account, ResourceRecord } from "../account/account.ts";
import { AwsError } from "../gateway/contract.ts";
import { asStored } from "../gateway/principals.ts";
import type { Gateway } from "../gateway/contract.ts";
import type { Draft, Place } from "./behaviour.ts";
import { behaviour } from "./behaviours/index.ts";
import type { ResourceType } from "./catalogue.ts";
import { changes } from "./diff.ts";
import { hex } from "./ids.ts";
import { mustBeDeletable } from "./deletion.ts";
import { Known } from "./known.ts";
import { Operator } from "./operator.ts";
import { POLICY_ARGUMENTS } from "./policies/kinds.ts";
import { checkPolicies } from "./policies/check.ts";
import { genericOutputs, previewOutputs, tagOutputs } from "./outputs.ts";
import { retried } from "./retries.ts";
import { UNKNOWN, text } from "./values.ts";
import type { Properties } from "./values.ts";

/** What the engine asks to be made or changed. */
export interface Request {
  readonly type: ResourceType;
  readonly urn: string;
  readonly inputs: Properties;
  readonly place: Place;
  readonly defaultTags: Properties;
  readonly programFolder: string;
}

export class Lifecycle {
  readonly known: Known;
  readonly #gateway: Gateway;
  readonly #account: Account;
  readonly #operator: Operator;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
    this.#account = gateway.account;
    this.#operator = new Operator(gateway);
    this.known = new Known(gateway.account);
  }

  previewCreate({ type, inputs, defaultTags }: Request): Properties {
    const outputs = previewOutputs(type, visible(inputs), behaviour(type.token).defaults ?? {});
    return { ...outputs, ...tagOutputs(type, inputs, defaultTags) };
  }

  previewUpdate({ type, inputs, defaultTags }: Request, olds: Properties): Properties {
    const { defaults, volatile = [] } = behaviour(type.token);
    const unknown = Object.fromEntries(volatile.map((name) => [name, UNKNOWN]));
    return { ...olds, ...defaults, ...visible(inputs), ...unknown, ...tagOutputs(type, inputs, defaultTags) };
  }

  async create(request: Request): Promise<ResourceRecord> {
    const inputs = { ...behaviour(request.type.token).defaults, ...request.inputs };
    const { id, twin } = this.#claim(request, inputs);
    if (twin && changes(request.type, twin.inputs, request.inputs).some((change) => change.replaces)) {
      await this.#remove(twin);
      return await this.#put(request, id, undefined, "create");
    }
    return await this.#put(request, id, twin, "create");
  }

  async update(request: Request, id: string): Promise<ResourceRecord> {
    const before = this.#account.resource(request.type.token, id);
    if (!before)
      throw new AwsError(
        "ResourceNotFoundException",
        `${id} is not in the account. Something else has deleted it: run a refresh`,
        404,
      );
    return await this.#put(request, id, before, "update");
  }

  read(type: ResourceType, id: string): ResourceRecord | undefined {
    const record = this.#account.resource(type.token, id);
    return record && !remains(record) ? { ...record, outputs: this.#asAwsShows(record) } : undefined;
  }

  /** A policy names the unique ids of roles that are gone, which a refresh then shows as a change. */
  #asAwsShows(record: ResourceRecord): Properties {
    if (!record.principals) return record.outputs;
    const shown = (POLICY_ARGUMENTS[record.type] ?? [])
      .filter(([path]) => record.outputs[path] !== undefined)
      .map(([path]) => [path, asStored(this.#account, record, record.outputs[path])] as const);
    return { ...record.outputs, ...Object.fromEntries(shown) };
  }

  async delete(type: ResourceType, id: string): Promise<void> {
    const record = this.#account.resource(type.token, id);
    if (record && !remains(record)) await this.#remove(record);
    this.known.forget(type.token, id);
  }

  /** What an earlier create has made for this very resource, of which the engine doesn't know. */
  unnoted(type: ResourceType, urn: string): ResourceRecord | undefined {
    return this.#account
      .resources(type.token)
      .find((record) => record.urn === urn && !remains(record) && !this.known.has(type.token, record.id));
  }

  /**
   * The id for a new resource. If this very create was acknowledged before, but the engine was killed before it wrote
   * that down, its twin is found again; a resource that the engine knows of is another one, and stands in the way of
   * the same name.
   */
  #claim({ type, urn, place }: Request, inputs: Properties): { id: string; twin?: ResourceRecord } {
    const { conflict } = behaviour(type.token);
    const refusal = () =>
      conflict?.(inputs) ?? new AwsError("ResourceConflictException", `${type.token} exists already`, 409);
    this.#mustBeUnique(type, urn, inputs, refusal);
    for (let generation = 0; ; generation++) {
      const id = identify(type, inputs, `${urn}\n${generation}`, place);
      const record = this.#account.resource(type.token, id);
      if (!record) return { id };
      if (record.urn === urn && !remains(record) && !this.known.has(type.token, id))
        return { id, twin: record };
      const named = id === identify(type, inputs, "", place);
      if (named) throw refusal();
    }
  }

  #mustBeUnique(type: ResourceType, urn: string, inputs: Properties, refusal: () => AwsError): void {
    const { unique } = behaviour(type.token);
    if (unique === undefined) return;
    const other = this.#account.find(type.token, unique, inputs[unique]);
    if (other && (other.urn !== urn || this.known.has(type.token, other.id))) throw refusal();
  }

  async #put(
    request: Request,
    id: string,
    before: ResourceRecord | undefined,
    action: Draft["action"],
  ): Promise<ResourceRecord> {
    const { type, urn, place, programFolder } = request;
    const { defaults, verify, outputs, apply } = behaviour(type.token);
    const inputs = { ...defaults, ...request.inputs };
    const [gateway, account] = [this.#gateway, this.#account];
    const draft: Draft = { id, urn, inputs, place, account, gateway, before, action, programFolder };
    const principals = await retried(account, () => {
      verify?.(draft);
      return checkPolicies(type.token, draft);
    });
    const values = { ...visible(inputs), ...outputs?.(draft), id };
    const computed = {
      ...values,
      ...genericOutputs(type, values, place, before),
      ...tagOutputs(type, inputs, request.defaultTags),
    };
    // The record comes first, so that a run that is killed in the middle of what follows finds itself again.
    const record: ResourceRecord = {
      ...{ type: type.token, id, urn, inputs: request.inputs, outputs: computed },
      ...(Object.keys(principals).length > 0 && { principals }),
    };
    if (!before) account.putResource(record);
    try {
      const more = await retried(account, () => apply?.(draft, this.#operator));
      const done = { ...record, outputs: { ...computed, ...more } };
      account.putResource(done);
      return done;
    } catch (error) {
      if (!before) account.deleteResource(type.token, id);
      throw error;
    }
  }

  async #remove(record: ResourceRecord): Promise<void> {
    const { remove, remains: remainsOf } = behaviour(record.type);
    mustBeDeletable(this.#account, record);
    await remove?.(record, this.#operator);
    const left = remainsOf?.(record);
    if (left) this.#account.putResource({ ...record, outputs: { ...record.outputs, ...left } });
    else this.#account.deleteResource(record.type, record.id);
  }
}

/** Without what Pulumi notes for itself among the inputs. */
function visible(inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !name.startsWith("__")));
}

/** Whether AWS still shows it, but it is as good as deleted. */
function remains(record: ResourceRecord): boolean {
  return record.outputs["keyState"] === "PendingDeletion";
}

/** Whether AWS can't hold both: a resource, and another one of the same type with these inputs. */
export function collide(type: ResourceType, one: Properties, other: Properties, place: Place): boolean {
  const { unique } = behaviour(type.token);
  if (unique !== undefined && one[unique] === other[unique]) return true;
  return identify(type, one, "one", place) === identify(type, other, "other", place);
}

function identify(type: ResourceType, inputs: Properties, seed: string, place: Place): string {
  const { id } = behaviour(type.token);
  if (id) return id(inputs, seed, place);
  const named = type.inputs["name"] !== undefined && type.arn?.includes("{id}") !== true;
  return named ? text(inputs, "name") : hex(seed, 17);
}
