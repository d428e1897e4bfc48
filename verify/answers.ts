/** What an answer to an attack says: done, refused, or something else that proves nothing. */
import type { Answer } from "./request.ts";

export type Verdict =
  /** It was done. */
  | { readonly kind: "done" }
  /** "You may not", by AWS or by a part of the system. */
  | { readonly kind: "refused"; readonly by: string }
  /** The signature was not accepted: nobody was asked whether it is allowed. */
  | { readonly kind: "unsigned"; readonly by: string }
  /** There is none, that is malformed, not served: told apart by the log. */
  | { readonly kind: "other"; readonly by: string };

const UNSIGNED =
  /SignatureDoesNotMatch|InvalidSignatureException|IncompleteSignature|InvalidAccessKeyId|InvalidClientTokenId|UnrecognizedClientException|ExpiredToken|RequestTimeTooSkewed|MissingAuthenticationToken|AuthorizationQueryParametersError/;
/** The last is PostgreSQL's. */
const REFUSED =
  /AccessDenied|\bForbidden\b|security_exception|is not authorized to perform|"status":403|permission denied (for|to) /;

export function verdictOf({ status, body }: Answer): Verdict {
  const by = `${status} ${reasonOf(body)}`.trim();
  if (UNSIGNED.test(codesOf(body))) return { kind: "unsigned", by };
  if (status === 403 || REFUSED.test(body)) return { kind: "refused", by };
  return status >= 200 && status < 300 ? { kind: "done" } : { kind: "other", by };
}

/** Error codes and messages, without what a client sent. */
const codesOf = (body: string): string => body.slice(0, 600);

/** An error's message, in the words of the protocol that it came by. */
export function reasonOf(body: string): string {
  const xml = /<Code>([^<]*)<\/Code>(?:<Message>([^<]*)<\/Message>)?/.exec(body);
  if (xml) return [xml[1], xml[2]].filter(Boolean).join(": ");
  try {
    const parsed = JSON.parse(body) as Record<string, unknown>;
    const error = parsed["error"] as { reason?: unknown } | undefined;
    const said =
      error?.reason ?? parsed["message"] ?? parsed["Message"] ?? parsed["detail"] ?? parsed["title"];
    const code = parsed["__type"];
    return [code, said].filter((each) => typeof each === "string").join(": ");
  } catch {
    return body.slice(0, 120);
  }
}
