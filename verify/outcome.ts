import type { Layer } from "./grammar.ts";

/** An attack that was carried out, or a reason why it was not. */
export interface Attempted {
  readonly name: string;
  /** Attacks of one kind are told together: a service, `tokens`. */
  readonly group: string;
  readonly layer: Layer;
  readonly expected: "refused";
  readonly actual: "refused" | "allowed" | "not-exercised";
  /** What refused: a statement and its policy, or a part of the system; or why it was not exercised. */
  readonly by: string;
  /** Empty if the attack was refused by what has to refuse it and its control was allowed, or if it was not exercised. */
  readonly faults: readonly string[];
}

export function notExercised(of: Pick<Attempted, "name" | "group" | "layer">, because: string): Attempted {
  return { ...of, expected: "refused", actual: "not-exercised", by: because, faults: [] };
}
