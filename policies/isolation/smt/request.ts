import type { Formula } from "./formula.ts";
import type { Text } from "./text.ts";

/** A request some of whose parts the solver chooses. */
export interface SymbolicRequest {
  readonly principal: SymbolicPrincipal;
  /** `s3:GetObject`: each action is asked about by itself. */
  readonly action: string;
  readonly resource: Text;
  readonly resourceAccount: string;
  /** By key in lower case; a key that is not listed is absent. */
  readonly context: ReadonlyMap<string, SymbolicValue>;
}

export type SymbolicPrincipal =
  | {
      readonly kind: "role-session";
      readonly account: string;
      readonly roleArn: Text;
      readonly sessionArn: Text;
      /** By key in lower case. */
      readonly tags: ReadonlyMap<string, Optional>;
    }
  | { readonly kind: "service"; readonly service: string }
  | { readonly kind: "anonymous" };

/** A text that is there if the formula holds. */
export interface Optional {
  readonly present: Formula;
  readonly value: Text;
}

/** A key of the request: one value, or a list of which each item may be there or not. */
export type SymbolicValue = Optional | readonly Optional[];
