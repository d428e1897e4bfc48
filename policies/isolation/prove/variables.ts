/** Policy variables that a caller chooses: what he has to say for a policy to speak of what he is after. */
import { PolicyError } from "../errors.ts";
import type { Facts } from "../evaluate/facts.ts";
import { isVariable, parseParts } from "../evaluate/variables.ts";
import { ANY, ONE } from "../evaluate/wildcard.ts";

/** Keys of the variables in a policy's text, in lower case. A text of an older version of policies, in which these are no variables, has none that make sense. */
export function variablesIn(text: string): readonly string[] {
  if (!text.includes("${")) return [];
  try {
    return parseParts(text, { variables: true, wildcards: false }, text)
      .filter(isVariable)
      .map(({ key }) => key);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return [];
  }
}

/** Values of one variable with which a policy's text fits another text: the shortest and the longest. */
export function fitting(written: string, key: string, text: string, facts: Facts): readonly string[] {
  const parts = parseParts(written, { variables: true, wildcards: true }, written);
  return ["(.*?)", "(.*)"].flatMap((value) => {
    let seen = false;
    const pattern = parts.map((part) => {
      if (part === ANY) return ".*";
      if (part === ONE) return ".";
      if (!isVariable(part)) return escaped(part);
      if (part.key !== key) {
        const found = facts.lookup(part.key);
        return typeof found === "string" ? escaped(found) : ".*";
      }
      if (seen) return "\\1";
      seen = true;
      return value;
    });
    return new RegExp(`^${pattern.join("")}$`, "s").exec(text)?.[1] ?? [];
  });
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
