import { AwsError } from "../../gateway/contract.ts";
import type { Behaviours } from "../behaviour.ts";
import { text } from "../values.ts";

export const cloudwatch: Behaviours = {
  "aws:cloudwatch/logGroup:LogGroup": {
    defaults: { retentionInDays: 0, logGroupClass: "STANDARD", skipDestroy: false },
    id: (inputs) => text(inputs, "name"),
    conflict: () => new AwsError("ResourceAlreadyExistsException", "The specified log group already exists"),
  },
};
