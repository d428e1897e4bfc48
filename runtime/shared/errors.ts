import type { Budget } from "../contract/registry.ts";

/**
 * Every refusal and fault of the runtime: one leaf per reason. `message` is for logs; a client sees `status`, `code`, `title` and
 * `detail` only, and none of them tells anything about another tenant.
 */
export abstract class BulkheadError extends Error {
  /** Written out in each leaf: class names don't survive minification. */
  abstract override readonly name: string;
  /** Ends the problem's `type`: `urn:bulkhead:problem:<code>`. */
  abstract readonly code: string;
  abstract readonly status: number;
  abstract readonly title: string;
  /** What a client may read beyond the title. */
  readonly detail: string | undefined = undefined;
}

/** Why a token was refused. For logs only: a client learns that it was refused, not why. */
export type TokenFault =
  | "missing"
  | "too-large"
  | "malformed"
  | "algorithm"
  | "critical-header"
  | "header"
  | "type"
  | "key-id"
  | "unknown-key"
  | "signature"
  | "issuer"
  | "client"
  | "audience"
  | "token-use"
  | "no-expiry"
  | "expired"
  | "not-yet-valid"
  | "issued-at"
  | "lifetime"
  | "subject"
  | "username"
  | "tenant"
  | "groups"
  | "refused-by-broker"
  | "other";

export class InvalidToken extends BulkheadError {
  override readonly name = "InvalidToken";
  override readonly code = "invalid-token";
  override readonly status = 401;
  override readonly title = "The access token was not accepted";
  readonly fault: TokenFault;

  constructor(fault: TokenFault, options?: ErrorOptions) {
    super(`token refused: ${fault}`, options);
    this.fault = fault;
  }
}

export class TenantNotActive extends BulkheadError {
  override readonly name = "TenantNotActive";
  override readonly code = "tenant-not-active";
  override readonly status = 403;
  override readonly title = "This account is not active";
}

export class Forbidden extends BulkheadError {
  override readonly name = "Forbidden";
  override readonly code = "forbidden";
  override readonly status = 403;
  override readonly title = "This request is not allowed";
}

/** Characters. */
const MAX_DETAIL = 500;

/** The request itself is at fault; `detail` says what to mend. */
export class InvalidRequest extends BulkheadError {
  override readonly name = "InvalidRequest";
  override readonly code = "invalid-request";
  override readonly status = 400;
  override readonly title = "The request is not valid";
  override readonly detail: string;

  constructor(detail: string, options?: ErrorOptions) {
    super("the request is not valid", options);
    // What it quotes of the request may be long.
    this.detail = detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL).toWellFormed()}…` : detail;
  }
}

export class PayloadTooLarge extends BulkheadError {
  override readonly name = "PayloadTooLarge";
  override readonly code = "payload-too-large";
  override readonly status = 413;
  override readonly title = "The request is too large";
  override readonly detail: string;

  constructor(limitBytes: number) {
    super(`body over ${limitBytes} bytes`);
    this.detail = `The body may have at most ${limitBytes} bytes.`;
  }
}

export class NotFound extends BulkheadError {
  override readonly name = "NotFound";
  override readonly code = "not-found";
  override readonly status = 404;
  override readonly title = "There is nothing at this address";
}

/** The request collides with what is there; `detail` says with what, and nothing else of it. */
export class Conflict extends BulkheadError {
  override readonly name = "Conflict";
  override readonly code = "conflict";
  override readonly status = 409;
  override readonly title = "The request collides with another document or request";
  override readonly detail: string;

  constructor(detail: string, options?: ErrorOptions) {
    super("conflict", options);
    this.detail = detail;
  }
}

export class MethodNotAllowed extends BulkheadError {
  override readonly name = "MethodNotAllowed";
  override readonly code = "method-not-allowed";
  override readonly status = 405;
  override readonly title = "This address does not take that method";
  readonly allow: readonly string[];

  constructor(allow: readonly string[]) {
    super("method not allowed");
    this.allow = allow;
  }
}

/** A service that the runtime needs refused or failed; `dependency` is for logs. */
export class DependencyUnavailable extends BulkheadError {
  override readonly name = "DependencyUnavailable";
  override readonly code = "unavailable";
  override readonly status = 503;
  override readonly title = "A service that is needed is not available; please try again";
  override readonly detail: string | undefined;
  readonly dependency: string;

  constructor(dependency: string, options?: ErrorOptions, detail?: string) {
    super(`${dependency} failed`, options);
    this.dependency = dependency;
    this.detail = detail;
  }
}

export class DependencyTimeout extends BulkheadError {
  override readonly name = "DependencyTimeout";
  override readonly code = "timeout";
  override readonly status = 504;
  override readonly title = "A service that is needed did not answer in time; please try again";
  readonly dependency: string;

  constructor(dependency: string, options?: ErrorOptions) {
    super(`${dependency} did not answer in time`, options);
    this.dependency = dependency;
  }
}

/** Data of another tenant, or of a group that the user isn't in, came back where it can't: never shown, always an error. */
export class IsolationFault extends BulkheadError {
  override readonly name = "IsolationFault";
  override readonly code = "internal";
  override readonly status = 500;
  override readonly title = "The request could not be completed";
}

/** The tenant has asked all that its plan allows until the month ends. */
export class BudgetExceeded extends BulkheadError {
  override readonly name = "BudgetExceeded";
  override readonly code = "budget-exceeded";
  override readonly status = 429;
  override readonly title = "This month's budget is used up";
  override readonly detail: string;
  /** When there is a new one. */
  readonly until: Date;

  constructor(budget: Budget, until: Date) {
    super("the tenant's budget is used up");
    const number = (value: number) => value.toLocaleString("en-US");
    this.detail =
      `Your organization's plan has ${number(budget.questions)} questions and ${number(budget.tokens)} tokens a month; ` +
      `there are new ones from ${until.toISOString().slice(0, 10)} on (UTC).`;
    this.until = until;
  }
}

/** A function's own settings, or the data that routes its requests, are wrong. */
export class ConfigurationError extends BulkheadError {
  override readonly name = "ConfigurationError";
  override readonly code = "internal";
  override readonly status = 500;
  override readonly title = "The request could not be completed";
}
