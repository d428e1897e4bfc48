import { PolicyError } from "../errors.ts";
import type { Facts } from "./facts.ts";
import { compileParts, isVariable, parseParts } from "./variables.ts";
import { compileWildcard } from "./wildcard.ts";

export type ActionTest = (lowerAction: string) => boolean;
/** `undefined`: a variable has no value, so nothing is said. */
export type ResourceTest = (resource: string, facts: Facts) => boolean | undefined;

const ACTION = /^[a-z0-9-]+:[a-z0-9*?]+$/;

/** Actions are compared without case. A wildcard can't stand for the service. */
export function compileActions(listed: unknown, place: string): ActionTest {
  const exact = new Set<string>();
  const tests: ActionTest[] = [];
  for (const text of strings(listed, place)) {
    const action = text.toLowerCase();
    if (action !== "*" && !ACTION.test(action))
      throw new PolicyError(place, `"${text}" is not an action: expected service:Action or *`);
    if (/[*?]/.test(action)) tests.push(compileWildcard(action));
    else exact.add(action);
  }
  return (action) => exact.has(action) || tests.some((test) => test(action));
}

/** Resources are compared with case; `*` stands for any run of characters, whatever part of the ARN it stands in. */
export function compileResources(listed: unknown, variables: boolean, place: string): ResourceTest {
  const tests = strings(listed, place).map((text) => compileResource(text, variables, place));
  return (resource, facts) => {
    let unresolved = false;
    for (const test of tests) {
      const matched = test(resource, facts);
      if (matched === true) return true;
      if (matched === undefined) unresolved = true;
    }
    return unresolved ? undefined : false;
  };
}

function compileResource(text: string, variables: boolean, place: string): ResourceTest {
  const parts = parseParts(text, { variables, wildcards: true }, place);
  if (text !== "*") checkArn(text, place);
  // Only the part of the ARN after the fifth colon may vary with the request.
  let colons = 0;
  for (const part of parts) {
    if (typeof part === "string") colons += part.split(":").length - 1;
    else if (isVariable(part) && colons < 5)
      throw new PolicyError(place, `"${text}" has a policy variable before the fifth colon`);
  }
  return compileParts(parts);
}

function checkArn(text: string, place: string): void {
  const [arn, partition, service = ""] = text.split(":");
  const complete = text.split(":").length >= 6 || text.endsWith("*");
  if (arn !== "arn" || partition === undefined || !complete)
    throw new PolicyError(place, `"${text}" is not an ARN of six parts, nor *`);
  if (service !== "*" && /[*?]/.test(service))
    throw new PolicyError(place, `"${text}" has a wildcard within the service`);
}

function strings(listed: unknown, place: string): readonly string[] {
  const values: unknown[] = Array.isArray(listed) ? listed : [listed];
  if (values.length === 0) throw new PolicyError(place, "lists nothing");
  return values.map((value) => {
    if (typeof value !== "string" || value === "")
      throw new PolicyError(place, "expected a string or a list of strings");
    return value;
  });
}
