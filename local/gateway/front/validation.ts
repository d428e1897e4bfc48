import { type FrontRequest, queryOf } from "./event.ts";
import type { RequestChecks } from "./request-checks.ts";
import { GatewayResponse } from "./responses.ts";
import type { Route } from "./route.ts";

/** A body without a media type is taken for JSON. */
const DEFAULT_MEDIA = "application/json";

/** @throws GatewayResponse if a request is not what its operation asks for */
export function validate(checks: RequestChecks, request: FrontRequest, route: Route): void {
  const missing = checks.parameters.filter(({ in: where, name }) => {
    if (where === "path") return route.pathParameters?.[name] === undefined;
    if (where === "header") return request.headers[name.toLowerCase()] === undefined;
    return queryOf(request.rawQuery)?.[name] === undefined;
  });
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(", ");
    throw new GatewayResponse("BAD_REQUEST_PARAMETERS", `Missing required request parameters: [${names}]`);
  }
  const schema = checks.bodies[mediaOf(request.headers["content-type"])];
  if (!schema) return;
  if (request.body.length === 0) {
    if (checks.bodyRequired) throw new GatewayResponse("BAD_REQUEST_BODY");
    return;
  }
  if (!schema.safeParse(json(request.body)).success) throw new GatewayResponse("BAD_REQUEST_BODY");
}

/** `Application/JSON; charset=utf-8` -> `application/json` */
function mediaOf(header: string | undefined): string {
  const media = (header ?? "").split(/[;,]/)[0]?.trim().toLowerCase() ?? "";
  return media === "" ? DEFAULT_MEDIA : media;
}

/** Undefined, which no schema takes, if it is none. */
function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
