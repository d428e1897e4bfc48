import type { RunningGateway } from "../gateway/index.ts";

/** What came of a try. `by` names what refused it: a statement, or the part of the system and its reason. */
export type Outcome =
  | { readonly outcome: "refused"; readonly by: string }
  | { readonly outcome: "allowed"; readonly by?: string };

/** The layer that has to refuse. */
export type Layer = "identity and routing" | "credentials" | "resources";

/**
 * An attack and its positive control: the same request by someone who is entitled to it. A refusal counts only if the
 * control is allowed; else anything would be refused, and the refusal says nothing.
 */
export interface Attack<Stage> {
  readonly name: string;
  readonly layer: Layer;
  /**
   * Only OpenSearch's own roles and settings stand in the way. The in-process index follows them, but it is no evidence of
   * what the engine does: a refusal by it is reported as not exercised.
   */
  readonly engineOnly?: boolean;
  readonly attempt: (stage: Stage) => Promise<Outcome>;
  readonly control: (stage: Stage) => Promise<Outcome>;
}

/** An attack that was carried out. */
export interface Attempted {
  readonly name: string;
  readonly layer: Layer;
  readonly expected: "refused";
  readonly actual: "refused" | "allowed" | "not-exercised";
  readonly by: string;
  /** Empty if the attack was refused (by a stand-in: not exercised) and its control allowed. */
  readonly faults: readonly string[];
}

/** Carries out attack and control; an error that is neither refusal nor success is a fault, never a refusal. */
export async function carryOut<Stage>(attack: Attack<Stage>, stage: Stage): Promise<Attempted> {
  const faults: string[] = [];
  const attempt: Outcome = await attack.attempt(stage).catch((error: unknown) => {
    faults.push(`could not be carried out: ${String(error)}`);
    return { outcome: "allowed" };
  });
  if (attempt.outcome === "allowed" && faults.length === 0) faults.push("was allowed");
  const control: Outcome = await attack.control(stage).catch((error: unknown) => {
    faults.push(`its control could not be carried out: ${String(error)}`);
    return { outcome: "allowed" };
  });
  if (control.outcome === "refused") faults.push(`its control was refused too: ${control.by}`);
  return {
    name: attack.name,
    layer: attack.layer,
    expected: "refused",
    actual: attack.engineOnly && attempt.outcome === "refused" ? "not-exercised" : attempt.outcome,
    by: attempt.by ?? "",
    faults,
  };
}

/** AWS error names that mean "you may not", as opposed to "there is none" or "that is malformed". */
const REFUSALS = new Set(["AccessDenied", "AccessDeniedException", "Forbidden", "KMS.AccessDeniedException"]);

/** Tries an AWS call: done is allowed, denied is refused with the statement that the decision log names; all else is thrown. */
export async function tryAws(gateway: RunningGateway, call: () => Promise<unknown>): Promise<Outcome> {
  const before = new Set(gateway.decisions());
  try {
    await call();
    return { outcome: "allowed" };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const refusal = gateway.decisions().findLast((decision) => !decision.allowed && !before.has(decision));
    if (!refusal) throw new Error(`refused without a logged decision: ${String(error)}`, { cause: error });
    return { outcome: "refused", by: refusal.detail };
  }
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status =
    (error as { statusCode?: number }).statusCode ??
    (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return REFUSALS.has(error.name) || status === 403;
}
