/** What is asked in the proof: requests as AWS decides them, each in one or several parts that must all allow. */
import type { PlacedPolicy } from "../model/account.ts";
import type { Context, ResourcePolicyMode } from "../types.ts";

/** Decided by IAM: identity policies, boundary, and the resource's own policy. */
export interface IamPart {
  readonly by: "iam";
  readonly action: string;
  readonly resource: string;
  /** Facts of the resource and of the request, which no caller can choose; every other key is tried with what policies mention. */
  readonly facts: Context;
  /** The resource's own. */
  readonly policies: readonly PlacedPolicy[];
  readonly mode: ResourcePolicyMode;
}

/** Decided by data-access policies of OpenSearch Serverless. */
export interface CollectionPart {
  readonly by: "collection";
  readonly permission: string;
  readonly resourceType: "index" | "collection";
  readonly resource: string;
}

/** Decided by roles of a domain's engine. */
export interface EnginePart {
  readonly by: "engine";
  readonly domain: string;
  readonly action: string;
  readonly index: string;
  readonly aliases: readonly string[];
}

export type Part = IamPart | CollectionPart | EnginePart;

/** Kinds of what tenants own, or all read, and what is between them: rows of the matrix are named by these. */
export const TARGETS = {
  objects: "objects",
  listing: "listing of objects",
  "merged-objects": "objects in another tenant's bucket",
  key: "key",
  "platform-key": "the platform's key",
  "reference-key": "key of the shared corpus",
  "other-key": "keys of no tenant",
  "registry-item": "registry item",
  "session-item": "sessions",
  "budget-item": "budget",
  "user-item": "users",
  "ledger-item": "ids that were ever used",
  "other-item": "items of other tables",
  "platform-item": "items of no tenant",
  index: "vector index",
  "knowledge-base": "knowledge base",
  "reference-base": "shared corpus",
  "reference-objects": "objects of the shared corpus",
  "reference-index": "vector index of the shared corpus",
  profile: "inference profile",
  secret: "secret",
  "platform-secret": "secrets of no tenant",
  cluster: "database",
  conversation: "conversations",
  memory: "agent's memory",
  role: "role",
  function: "function",
  control: "policies and configuration",
} as const;
export type TargetKind = keyof typeof TARGETS;

export interface Target {
  readonly kind: TargetKind;
  /** Whose it is; undefined: the platform's. */
  readonly owner: string | undefined;
  readonly tier: "silo" | "pool" | undefined;
  /** The resource to mend. */
  readonly urn: string;
  /** As a person knows it: an ARN or a name. */
  readonly name: string;
}

export interface Request {
  readonly target: Target;
  /** `s3:GetObject`, `aoss:ReadDocument`, `indices:data/read/search` */
  readonly action: string;
  readonly parts: readonly Part[];
}
