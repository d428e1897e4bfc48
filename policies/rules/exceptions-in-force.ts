import { takeNoted } from "../support/exceptions.ts";
import { rule, type Rule } from "../support/rule.ts";

const listing = rule({
  name: "exceptions-in-force",
  description: "Lists, in every run, what other rules are not applied to, why, and until when.",
  severity: "low",
  remediation:
    "Mend the resource before the exception expires, and take the exception out of the configuration.",
  takesExceptions: false,
  validate: (_, report) => {
    for (const { rule: of, resource, reason, expires, kept } of takeNoted()) {
      const held = kept === 0 ? "keeps nothing back: remove it" : `keeps back ${kept} of its violations`;
      report(`${of} is not applied to ${resource} until ${expires} (${reason}); ${held}`);
    }
  },
});

/** Runs last, and blocks nothing: an exception is no fault, and is seen by everybody all the same. */
export const exceptionsInForce: Rule = { ...listing, enforcementLevel: "advisory" };
