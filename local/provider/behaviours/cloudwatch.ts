import { AwsError } from "../../gateway/contract.ts";
import type { Behaviours } from "../behaviour.ts";
import { text } from "../values.ts";

export const cloudwatch: Behaviours = {
  "aws:cloudwatch/logGroup:LogGroup": {
    defaults: { retentionInDays: 0, logGroupClass: "STANDARD", skipDestroy: false },
    id: (inputs) => text(inputs, "name"),
    conflict: () => new AwsError("ResourceAlreadyExistsException", "The specified log group already exists"),
  },
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": {
    id: (inputs) => text(inputs, "policyName"),
    // Putting a policy of a name that is taken replaces it.
    outputs: () => ({ policyScope: "ACCOUNT" }),
  },
  "aws:cloudwatch/dashboard:Dashboard": {
    id: (inputs) => text(inputs, "dashboardName"),
    outputs: ({ inputs, place }) => ({
      dashboardArn: `arn:${place.partition}:cloudwatch::${place.account}:dashboard/${text(inputs, "dashboardName")}`,
    }),
  },
};
