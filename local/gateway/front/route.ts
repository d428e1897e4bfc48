import type { Operation } from "./definition.ts";

export interface Route {
  readonly operation: Operation;
  /** Null if the resource has none, as the event has it. */
  readonly pathParameters: Readonly<Record<string, string>> | null;
}

/**
 * The operation for a request. Segments are compared as they are on the wire: nothing is decoded or folded before, so
 * `/v1/../admin` is no other path than itself. A literal segment goes before `{name}`, and that before `{name+}`.
 */
export function findRoute(operations: readonly Operation[], verb: string, path: string): Route | undefined {
  const segments = path.split("/").slice(1);
  const matches = operations
    .map((operation) => ({ operation, match: matchPath(operation.resource, segments) }))
    .filter(({ match }) => match !== undefined)
    .sort((a, b) => compare(a.match?.rank ?? "", b.match?.rank ?? ""));
  const best = matches[0]?.match?.rank;
  const candidates = matches.filter(({ match }) => match?.rank === best);
  const found =
    candidates.find(({ operation }) => operation.verb === verb) ??
    candidates.find(({ operation }) => operation.verb === "ANY");
  if (!found?.match) return undefined;
  const { parameters } = found.match;
  return {
    operation: found.operation,
    pathParameters: Object.keys(parameters).length > 0 ? parameters : null,
  };
}

/** `rank` has a character per segment of the template: `0` literal, `1` parameter, `2` greedy. */
function matchPath(template: string, segments: readonly string[]) {
  const parameters: Record<string, string> = {};
  let rank = "";
  const parts = template.split("/").slice(1);
  for (const [index, part] of parts.entries()) {
    const segment = segments[index];
    if (segment === undefined) return undefined;
    const name = /^\{([\w.-]+)(\+?)\}$/.exec(part);
    if (!name) {
      if (part !== segment) return undefined;
      rank += "0";
      continue;
    }
    const greedy = name[2] === "+";
    const value = decode(greedy ? segments.slice(index).join("/") : segment);
    if (value === undefined || value === "") return undefined;
    parameters[name[1] ?? ""] = value;
    rank += greedy ? "2" : "1";
    if (greedy) return { parameters, rank };
  }
  return parts.length === segments.length ? { parameters, rank } : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
