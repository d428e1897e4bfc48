/** What a policy document can be wrong in, and what is wrong in it. */
export interface Fault {
  readonly kind:
    | "json"
    | "field"
    | "version"
    | "statement"
    | "effect"
    | "action"
    | "colons"
    | "noAction"
    | "vendor"
    | "resource"
    | "noResource"
    | "hasResource"
    | "principal"
    | "noPrincipal"
    | "hasPrincipal"
    | "notPrincipal"
    | "applies"
    | "condition"
    | "sid"
    | "sidTwice";
  readonly detail: string;
}
