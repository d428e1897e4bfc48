/** A policy document that is malformed, or says something that this evaluator does not know. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  /** Where in the document: `Statement[0] (TenantOnly).Condition.StringEquals`. */
  readonly place: string;

  constructor(place: string, fault: string) {
    super(`${place}: ${fault}`);
    this.place = place;
  }
}

/**
 * A request and a policy meet in a way whose outcome AWS does not document, or that needs a fact which is not
 * known. Thrown inside the evaluator only: `decide` turns it into a refusal that names it.
 */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
}
