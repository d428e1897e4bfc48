import { Subject } from "../support/control.ts";
import { componentOf } from "../support/owner.ts";
import { rule } from "../support/rule.ts";

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
        // The platform's own names the endpoint that its first deployment makes: it is judged at the end of that.
        const pending =
          (resource.propertyDependencies["policy"] ?? []).length > 0 && componentOf(resource) === undefined;
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
