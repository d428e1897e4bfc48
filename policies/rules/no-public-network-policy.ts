import { Subject } from "../support/control.ts";
import { componentOf } from "../support/owner.ts";
import { rule } from "../support/rule.ts";

const ENDPOINT = "aws:opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint";

/** From where a collection is reached at all. A policy that opens one to the internet wins over all others. */
export const noPublicNetworkPolicy = rule({
  name: "no-public-network-policy",
  description:
    "No collection is reached from the internet: by VPC endpoints and by named services of AWS only.",
  severity: "critical",
  remediation: "Set AllowFromPublic false, and name SourceVPCEs and SourceServices.",
  validate: ({ stack }, report) => {
    for (const resource of stack.of(["aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"])) {
      const policy = new Subject(resource, report);
      if (policy.known("type")?.value !== "network") continue;
      const text = policy.get("policy");
      if (!text.known) {
        // What names the endpoint that an environment's first deployment makes is judged at the end of that: the platform's own policy,
        // and those of tenants that are there from the start.
        const from = resource.propertyDependencies["policy"] ?? [];
        const pending =
          from.length > 0 &&
          (componentOf(resource) === undefined || from.every(({ type }) => type === ENDPOINT));
        if (!pending) policy.fault("not proven: policy is not known before deployment");
        continue;
      }
      for (const fault of judge(text.value)) policy.fault(fault);
    }
  },
});

function judge(text: unknown): readonly string[] {
  let rules: unknown;
  try {
    rules = JSON.parse(String(text));
  } catch {
    rules = undefined;
  }
  if (!Array.isArray(rules)) return ["not proven: its policy is not understood: expected a JSON list"];
  return (rules as Record<string, unknown>[]).flatMap((each, index) => {
    const open = each["AllowFromPublic"];
    if (open === true) return [`[${index}] lets in the internet`];
    return open === false || open === undefined
      ? []
      : [`not proven: [${index}].AllowFromPublic is ${JSON.stringify(open)}`];
  });
}
