import { admitted, canBeForeign, eachGuarded, told } from "../support/resource-policy.ts";
import { rule } from "../support/rule.ts";

const NAME = "service-source-bound";
/**
 * Services whose roles are no deputy's: who gives them a role has to be allowed iam:PassRole in the role's own account, and they act
 * with it for that account alone. They send no source ("Lambda execution role"; "Set up CloudWatch logging for REST APIs").
 */
const UNBOUND = ["apigateway.amazonaws.com", "lambda.amazonaws.com"];

/** A service acts for every account of the world: without a condition on the source it can be made to act for a stranger. */
export const serviceSourceBound = rule({
  name: NAME,
  description:
    "Where a policy lets in a service of AWS, it does so for sources of this account only (aws:SourceAccount, aws:SourceArn): roles that services take, keys, buckets, functions, topics.",
  severity: "high",
  remediation:
    "Add a condition: StringEquals `aws:SourceAccount` with this account, and ArnLike `aws:SourceArn` with the source, where the service sends them; an encryption context that names this account's ARNs does as well. A function's permission takes sourceArn and sourceAccount.",
  controls: ["Lambda.1"],
  configSchema: {
    properties: {
      unbound: {
        type: "array",
        items: { type: "string" },
        description: `Services that may take a role without such a condition. Default: ${UNBOUND.join(", ")}: AWS lets nobody give them a role of another account.`,
      },
    },
  },
  validate: (input, report) => {
    const unbound = (input.config["unbound"] ?? UNBOUND) as readonly string[];
    eachGuarded(
      NAME,
      input,
      report,
      (guarded) =>
        [...guarded.literals.principals].flatMap((service) => {
          if (!/\.amazonaws\.com(\.cn)?$/.test(service)) return [];
          if (guarded.resource.type === "aws:iam/role:Role" && unbound.includes(service)) return [];
          const breach = admitted(guarded, { kind: "service", service }, "nothing", (context) =>
            canBeForeign(context, guarded.account),
          );
          return breach ? [told(`${service} acting for another account`, breach)] : [];
        }),
      unbound,
    );
  },
});
