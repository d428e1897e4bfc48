/** What a resource type does beyond existing: its id, what it refers to, what it computes, what it sets going. */
import type { Account, ResourceRecord } from "../account/account.ts";
import type { AwsError, Gateway } from "../gateway/contract.ts";
import type { Operator } from "./operator.ts";
import type { Properties } from "./values.ts";

/** Where a resource is: its own `region`, or its provider's. */
export interface Place {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
}

/** A resource on its way into the account. */
export interface Draft {
  readonly id: string;
  readonly urn: string;
  /** Inputs, with the type's defaults; no secret marks, no unknowns. */
  readonly inputs: Properties;
  readonly place: Place;
  readonly account: Account;
  readonly gateway: Gateway;
  /** What it was before, if this is an update, or a create that was killed and is run again. */
  readonly before: ResourceRecord | undefined;
  /** What the engine asked for. */
  readonly action: "create" | "update";
  /** Where relative asset paths start. */
  readonly programFolder: string;
}

export interface Behaviour {
  /** What AWS takes an absent argument to be. */
  readonly defaults?: Properties;
  /** @param seed - What generated ids follow from; a behaviour that ignores it has an id that its arguments name. */
  readonly id?: (inputs: Properties, seed: string, place: Place) => string;
  /** AWS's answer if there is such a resource already. Default: a ResourceConflictException. */
  readonly conflict?: (inputs: Properties) => AwsError;
  /** For resources with generated ids: the argument that no two of them may share. */
  readonly unique?: string;
  /** Throws AWS's answer if something that the arguments refer to is missing. */
  readonly verify?: (draft: Draft) => void;
  /** Outputs that are known at once. */
  readonly outputs?: (draft: Draft) => Properties;
  /** Outputs that any update may change. */
  readonly volatile?: readonly string[];
  /** Carries a create or an update out; may be repeated. What it resolves to is added to the outputs. */
  readonly apply?: (draft: Draft, operator: Operator) => Promise<Properties | undefined>;
  /** Throws AWS's answer if it can't be deleted yet; else removes what stands behind it. May be repeated. */
  readonly remove?: (record: ResourceRecord, operator: Operator) => Promise<void>;
  /** For what AWS keeps after a deletion: the outputs that it then has. */
  readonly remains?: (record: ResourceRecord) => Properties;
}

/** Behaviours of one service, by type token. */
export type Behaviours = Readonly<Record<string, Behaviour>>;
