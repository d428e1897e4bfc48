import { statementsOf } from "../support/documents.ts";
import { eachIdentityPolicy } from "../support/identity-policy.ts";
import { instance } from "../support/probe/values.ts";
import { rule } from "../support/rule.ts";

const NAME = "iam-no-service-wildcard";

/** Asked for an action that the service does not have: only a policy that allows all of the service allows it. */
export const iamNoServiceWildcard = rule({
  name: NAME,
  description: "No policy allows every action of a service, with those that are yet to come.",
  severity: "low",
  remediation: "Name the actions that are needed; a wildcard may end a name, as in `es:ESHttp*`.",
  controls: ["IAM.21"],
  validate: (input, report) => {
    eachIdentityPolicy(NAME, input, report, (ask, document) => {
      const faults: string[] = [];
      for (const { Effect, Action, NotAction, Resource } of statementsOf(document)) {
        if (Effect !== "Allow") continue;
        const actions = [Action ?? NotAction ?? []].flat();
        const services = new Set(actions.map((action) => action.split(":")[0]?.toLowerCase() ?? ""));
        const resources = [Resource ?? "*"]
          .flat()
          .map((text) => (text === "*" ? "arn:aws:s3:::bulkhead-probe" : instance(text)));
        for (const service of services) {
          if (service === "*") continue;
          const by = resources
            .map((resource) => ask(`${service}:BulkheadProbe`, resource))
            .find((text) => text !== undefined);
          if (by !== undefined) faults.push(`allows every action of ${service}, ${by}`);
        }
      }
      return [...new Set(faults)];
    });
  },
});
