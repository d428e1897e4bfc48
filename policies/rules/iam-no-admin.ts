import { eachIdentityPolicy } from "../support/identity-policy.ts";
import { FRESH } from "../support/probe/values.ts";
import { rule } from "../support/rule.ts";

const NAME = "iam-no-admin";

/** Asked for an action of a service that does not exist: only a policy that allows everything allows it. */
export const iamNoAdmin = rule({
  name: NAME,
  description: "No policy allows every action on every resource.",
  severity: "high",
  remediation: "Name the actions and the resources that are needed.",
  controls: ["IAM.1"],
  validate: (input, report) => {
    eachIdentityPolicy(NAME, input, report, (ask) => {
      const by = ask(`${FRESH}:Anything`, `arn:aws:${FRESH}:::anything`);
      return by === undefined ? [] : [`allows every action on every resource, ${by}`];
    });
  },
});
