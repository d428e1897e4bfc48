import { arnOperators } from "./arn.ts";
import { binaryOperators } from "./binary.ts";
import { boolOperators } from "./bool.ts";
import { dateOperators } from "./date.ts";
import { ipOperators } from "./ip.ts";
import { numericOperators } from "./numeric.ts";
import type { Operator } from "./operator.ts";
import { stringOperators } from "./string.ts";

/** Every condition operator that compares values. `Null`, which asks for presence, is apart. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    ...stringOperators,
    ...numericOperators,
    ...dateOperators,
    ...boolOperators,
    ...binaryOperators,
    ...ipOperators,
    ...arnOperators,
  }),
);
