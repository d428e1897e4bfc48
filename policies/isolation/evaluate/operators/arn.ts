import { PolicyError } from "../../errors.ts";
import { compileParts, isVariable, type Part, parseParts, type TemplateTest } from "../variables.ts";
import type { Operator, OperatorTable } from "./operator.ts";

/** `ArnEquals` is `ArnLike`: each of the six parts is compared on its own, and each may hold wildcards. */
export const arnOperators: OperatorTable = {
  ArnEquals: arn(false),
  ArnLike: arn(false),
  ArnNotEquals: arn(true),
  ArnNotLike: arn(true),
};

function arn(negated: boolean): Operator {
  return {
    negated,
    compile: ({ values, variables, place }) => {
      const tests = values.map((text) => arnTest(text, variables, place));
      return (value, facts) => tests.some((test) => test(value, facts) === true);
    },
  };
}

function arnTest(text: string, variables: boolean, place: string): TemplateTest {
  const parts = parseParts(text, { variables, wildcards: true }, place);
  const [only] = parts;
  // A variable that holds the whole ARN is literal text.
  if (parts.length === 1 && only !== undefined && isVariable(only)) return compileParts(parts);
  const sections = splitParts(parts);
  if (sections.length !== 6) throw new PolicyError(place, `"${text}" is not an ARN of six parts`);
  const tests = sections.map(compileParts);
  return (value, facts) => {
    const values = splitArn(value);
    if (values === undefined) return false;
    return tests.every((test, i) => test(values[i] ?? "", facts) === true);
  };
}

/** Cuts parts at the first five colons of literal text. */
function splitParts(parts: readonly Part[]): Part[][] {
  const sections: Part[][] = [[]];
  for (const part of parts) {
    if (typeof part !== "string") {
      sections.at(-1)?.push(part);
      continue;
    }
    let rest = part;
    for (let colon = rest.indexOf(":"); colon >= 0 && sections.length < 6; colon = rest.indexOf(":")) {
      if (colon > 0) sections.at(-1)?.push(rest.slice(0, colon));
      sections.push([]);
      rest = rest.slice(colon + 1);
    }
    if (rest !== "") sections.at(-1)?.push(rest);
  }
  return sections;
}

/** The six parts of an ARN; the sixth keeps its colons. */
function splitArn(text: string): string[] | undefined {
  const parts = text.split(":");
  return parts.length < 6 ? undefined : [...parts.slice(0, 5), parts.slice(5).join(":")];
}
