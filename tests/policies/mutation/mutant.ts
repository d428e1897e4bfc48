import type { Statement } from "../../../policies/isolation/types.ts";
import type { Edit } from "./account.ts";

/** A mutant as it is made. */
export type Draft = Omit<Mutant, "close">;

export interface Mutant {
  /** Operator and place: `drop key: StringEquals aws:PrincipalTag/tenant_id of OwnObjects in acme-data-policy.policy`. */
  readonly name: string;
  readonly operator: string;
  readonly edit: Edit;
  /** Whether it changes what tenants' data are kept by, and not only what a part of the platform does. */
  readonly close: boolean;
  /** Why AWS would not take it: it is no mutant then, and counts for nothing. */
  readonly invalid: string | undefined;
}

export type DocumentKind = "identity" | "trust" | "resource";

/** What a statement becomes; undefined: it goes. */
export type Change = readonly [operator: string, what: string, statement: Statement | undefined];
