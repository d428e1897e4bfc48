/** One attack's request: the API's template, with the way laid over it and all names filled in. */
import type { Api, Way } from "./grammar.ts";
import type { Request } from "./request.ts";
import { prefixed } from "./stage.ts";
import { fill, type Values } from "./template.ts";

export interface Built extends Omit<Request, "endpoint"> {
  /** Where it is sent: an address, or a service's name. */
  readonly at: string;
  /** The path of the same request on the attacker's own. */
  readonly ownPath: string;
}

/** @param values `own.…`, `target.…` and the platform's, as {@link file://./stage.ts} makes them */
export function build(api: Api, way: Way, values: Values, own: Values, target: Values): Built {
  const nameOf = (tenant: Values): string => fill(api.name, { ...values, ...prefixed("of", tenant) });
  const named = nameOf(target);
  const name = fill(way.name ?? "{target}", {
    ...values,
    own: nameOf(own),
    target: named,
    "target.hex": firstLetter(named, "%"),
    "target.hex-hex": firstLetter(named, "%25"),
  });
  const all = { ...values, name };
  const form =
    api.form && Object.entries(fill({ ...api.form, ...way.form }, all)).filter(([, value]) => value !== "");
  const body = api.body && fill({ ...api.body, ...way.body }, all);
  const lines = api.lines && fill(api.lines, all);
  const type = form
    ? "application/x-www-form-urlencoded"
    : body
      ? "application/json"
      : lines
        ? "application/x-ndjson"
        : undefined;
  const text = form
    ? new URLSearchParams(form).toString()
    : body
      ? JSON.stringify(body)
      : lines?.map((line) => `${JSON.stringify(line)}\n`).join("");
  const path = way.path ?? api.path ?? "/";
  return {
    method: api.method,
    at: fill(api.at ?? api.service, all),
    path: fill(path, all),
    ownPath: fill(path, { ...all, ...prefixed("target", own), name: nameOf(own) }),
    query: fill({ ...api.query, ...way.query }, all),
    headers: {
      ...(type === undefined ? {} : { "content-type": type }),
      ...fill({ ...api.headers, ...way.headers }, all),
    },
    ...(text === undefined ? {} : { body: text }),
  };
}

function firstLetter(text: string, escape: string): string {
  return text === "" ? "" : `${escape}${text.charCodeAt(0).toString(16)}${text.slice(1)}`;
}
