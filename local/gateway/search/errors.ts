/** A refusal in OpenSearch's own shape: an exception type and a reason that names what was not understood. */
export class SearchError extends Error {
  override readonly name = "SearchError";
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, reason: string) {
    super(reason);
    this.status = status;
    this.type = type;
  }

  /** The reply's body. */
  toBody(): object {
    const cause = { type: this.type, reason: this.message };
    return { error: { root_cause: [cause], ...cause }, status: this.status };
  }
}

export const parsingError = (reason: string): SearchError =>
  new SearchError(400, "parsing_exception", reason);
export const illegalArgument = (reason: string): SearchError =>
  new SearchError(400, "illegal_argument_exception", reason);
export const mappingError = (reason: string): SearchError =>
  new SearchError(400, "mapper_parsing_exception", reason);
export const noSuchIndex = (index: string): SearchError =>
  new SearchError(404, "index_not_found_exception", `no such index [${index}]`);

export type JsonObject = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
