/** Paths of OpenSearch's API. */
import { illegalArgument } from "./errors.ts";

/** Decoded path segments. Dot segments and separators that hide in an encoding are refused: who decodes later would see another path. */
export function segmentsOf(rawPath: string): string[] {
  const raw = rawPath.replace(/^\//, "").replace(/\/$/, "");
  if (raw === "") return [];
  return raw.split("/").map((part) => {
    let decoded: string;
    try {
      decoded = decodeURIComponent(part);
    } catch {
      throw illegalArgument(`the path segment "${part}" is not valid percent-encoding`);
    }
    if (decoded === "" || decoded === "." || decoded === ".." || /[/\\\p{Cc}]|%[0-9a-f]{2}/iu.test(decoded))
      throw illegalArgument(`the path segment "${part}" is not allowed`);
    return decoded;
  });
}

/**
 * Whether a name matches an expression in which `*` stands for any characters. No regular expression: one made of
 * `*a*a*a*…` would take longer than anyone waits.
 */
export function matches(expression: string, name: string): boolean {
  const [first = "", ...rest] = expression.split("*");
  const last = rest.pop();
  if (last === undefined) return name === expression;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
