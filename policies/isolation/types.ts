/** Shapes of the evaluator: pure data in, a decision with its reason out. Nothing here knows AWS endpoints or Pulumi. */

export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: readonly Statement[] | Statement;
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: PrincipalElement;
  readonly NotPrincipal?: PrincipalElement;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, ConditionValue>>>>;
}

export type ConditionValue = string | number | boolean | readonly (string | number | boolean)[];
export type PrincipalElement = "*" | Readonly<Record<string, string | readonly string[]>>;

/** Who asks. Tags are the effective principal tags: session tags over role tags, keys compared without case. */
export type Principal =
  | {
      readonly kind: "role-session";
      readonly account: string;
      /** arn:aws:iam::ACCOUNT:role/PATH/NAME */
      readonly roleArn: string;
      /** arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION */
      readonly sessionArn: string;
      readonly tags: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: "user";
      readonly account: string;
      readonly userArn: string;
      readonly tags: Readonly<Record<string, string>>;
    }
  | { readonly kind: "root"; readonly account: string }
  | { readonly kind: "service"; readonly service: string }
  | { readonly kind: "federated"; readonly provider: string; readonly account: string }
  | { readonly kind: "anonymous" };

/** Condition context. Keys are compared without case. A list is a multivalued key; an absent key is absent. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

export interface AccessRequest {
  readonly principal: Principal;
  /** `s3:GetObject` */
  readonly action: string;
  /** ARN of the resource acted on; `*` where the action has no resource. */
  readonly resource: string;
  /** The account that owns the resource. */
  readonly resourceAccount: string;
  /** Service and request keys. Keys that follow from the principal (aws:PrincipalTag/…, aws:PrincipalArn, …) are added by the evaluator and can't be overridden here. */
  readonly context: Context;
}

export type PolicyKind = "identity" | "boundary" | "session" | "resource" | "scp" | "rcp";

/** A policy and where it comes from, so that a decision can name it. */
export interface NamedPolicy {
  /** For people: `bucket policy of bulkhead-dev-…-acme`, `inline policy data of role …`. */
  readonly name: string;
  readonly document: PolicyDocument;
}

/** All policies that bear on one request. `undefined` means "none attached"; an empty list of `scp`/`session` means none apply. */
export interface PolicySet {
  readonly identity: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy;
  readonly session?: readonly NamedPolicy[];
  readonly resource?: readonly NamedPolicy[];
  /** Organization policies: one level, or one list for each level (root, unit, account), which must all allow. */
  readonly scp?: readonly NamedPolicy[] | readonly (readonly NamedPolicy[])[];
  readonly rcp?: readonly NamedPolicy[] | readonly (readonly NamedPolicy[])[];
}

/** How a resource's own policy takes part: `trust` and `key` policies must allow, others may. */
export type ResourcePolicyMode = "optional" | "required";

/** The statement that made a decision. */
export interface StatementRef {
  readonly kind: PolicyKind;
  readonly policy: string;
  /** Sid, or `#<index>` from 0. */
  readonly statement: string;
}

export interface Decision {
  readonly allowed: boolean;
  /** `unsupported`: something in a policy is not understood, which is a refusal that names it. */
  readonly reason: "allowed" | "explicit-deny" | "implicit-deny" | "unsupported";
  /** What decided: the allowing or the denying statement; for an implicit deny, absent. */
  readonly by?: StatementRef;
  /** One sentence for people and logs: what decided, or which kind of policy had no Allow. */
  readonly detail: string;
}
