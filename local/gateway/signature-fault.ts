/** What can be wrong with a signature, and how each protocol of AWS calls it. */
import { AwsError } from "./contract.ts";
import { protocolOf, type Protocol } from "./protocol.ts";

type Kind =
  | "missing"
  | "incomplete"
  | "unknown-key"
  | "bad-token"
  | "expired-session"
  | "expired-url"
  | "mismatch"
  | "skew"
  | "unsigned-header"
  | "body";

/** Codes as the services' API references list them under "common errors". */
const CODES: Readonly<Record<Kind, Readonly<Record<Protocol, readonly [code: string, status: number]>>>> = {
  missing: {
    s3: ["AccessDenied", 403],
    query: ["MissingAuthenticationToken", 403],
    json: ["MissingAuthenticationTokenException", 403],
  },
  incomplete: {
    s3: ["AuthorizationHeaderMalformed", 400],
    query: ["IncompleteSignature", 400],
    json: ["IncompleteSignatureException", 400],
  },
  "unknown-key": {
    s3: ["InvalidAccessKeyId", 403],
    query: ["InvalidClientTokenId", 403],
    json: ["UnrecognizedClientException", 403],
  },
  "bad-token": {
    s3: ["InvalidToken", 400],
    query: ["InvalidClientTokenId", 403],
    json: ["UnrecognizedClientException", 403],
  },
  "expired-session": {
    s3: ["ExpiredToken", 400],
    query: ["ExpiredToken", 403],
    json: ["ExpiredTokenException", 403],
  },
  "expired-url": {
    s3: ["AccessDenied", 403],
    query: ["SignatureDoesNotMatch", 403],
    json: ["InvalidSignatureException", 403],
  },
  mismatch: {
    s3: ["SignatureDoesNotMatch", 403],
    query: ["SignatureDoesNotMatch", 403],
    json: ["InvalidSignatureException", 403],
  },
  skew: {
    s3: ["RequestTimeTooSkewed", 403],
    query: ["SignatureDoesNotMatch", 403],
    json: ["InvalidSignatureException", 403],
  },
  "unsigned-header": {
    s3: ["AccessDenied", 403],
    query: ["SignatureDoesNotMatch", 403],
    json: ["InvalidSignatureException", 403],
  },
  body: {
    s3: ["XAmzContentSHA256Mismatch", 400],
    query: ["SignatureDoesNotMatch", 403],
    json: ["InvalidSignatureException", 403],
  },
};

/** A request that could not be authenticated. */
export class SignatureFault extends Error {
  override readonly name = "SignatureFault";
  readonly kind: Kind;
  /** The service that the request was signed for, where that is known. */
  readonly service: string;
  constructor(kind: Kind, message: string, service = "") {
    super(message);
    this.kind = kind;
    this.service = service;
  }

  /** The error as the request's protocol names it. */
  toAwsError(headers: Readonly<Record<string, string>>): AwsError {
    const [code, status] = CODES[this.kind][protocolOf(this.service, headers)];
    return new AwsError(code, this.message, status);
  }
}
