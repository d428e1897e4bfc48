import type { Context } from "../../isolation/index.ts";
import { type Literals } from "./literals.ts";
import { candidates } from "./values.ts";

/** More combinations than this are not tried: the policy is then called not proven. */
const MOST = 512;

/** Keys that the evaluator takes from the caller. */
const OF_THE_CALLER =
  /^aws:(principal(arn|account|type|isawsservice|servicename|servicenameslist|tag\/.*)|username|resourceaccount)$/;

/** Every combination of what the policy asks of a request: each key absent, with values it names, and with another. */
export function contexts({ asked }: Literals): Context[] | undefined {
  let out: Context[] = [{}];
  for (const entry of asked.values()) {
    if (OF_THE_CALLER.test(entry.key)) continue;
    const values = candidates(entry);
    const given: (string | readonly string[])[] = entry.multivalued
      ? [...values.map((v) => [v]), values]
      : values;
    out = out.flatMap((context) => [context, ...given.map((value) => ({ ...context, [entry.key]: value }))]);
    if (out.length > MOST) return undefined;
  }
  return out;
}
