/** What an answer of the assistant's own API says to a request that names another tenant. */
import { reasonOf, type Verdict } from "./answers.ts";
import type { Answer } from "./request.ts";
import type { Values } from "./template.ts";

/** Refused if it says so, or if the name had no effect: what is answered is the caller's own. */
export function verdictOfHttp({ status, body }: Answer, own: Values, target: Values): Verdict {
  if ([400, 401, 403, 404, 405, 415, 422].includes(status))
    return { kind: "refused", by: `the API: ${status} ${reasonOf(body)}`.trim() };
  if (status < 200 || status >= 300) return { kind: "other", by: `${status} ${reasonOf(body)}` };
  if (own["id"] === target["id"]) return { kind: "done" };
  const text = body.toLowerCase();
  const seen = [target["canary"], `s3://${target["bucket"] ?? ""}/`].find(
    (word) => word !== undefined && word !== "" && text.includes(word.toLowerCase()),
  );
  if (seen !== undefined) return { kind: "done" };
  const tenant = tenantOf(body);
  return tenant === undefined || tenant === own["id"]
    ? { kind: "refused", by: "routing: the tenant is the token's" }
    : { kind: "done" };
}

/** Whom `GET /v1/me` says that the caller speaks for. */
function tenantOf(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { tenant?: { id?: string } }).tenant?.id;
  } catch {
    return undefined;
  }
}
