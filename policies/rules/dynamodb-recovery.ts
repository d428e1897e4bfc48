import { control, isTrue } from "../support/control.ts";

export const dynamodbRecovery = control({
  name: "dynamodb-recovery",
  description: "Tables can be restored to any point in time of the last 35 days.",
  severity: "medium",
  remediation: "Set pointInTimeRecovery.enabled.",
  controls: ["DynamoDB.2"],
  of: ["aws:dynamodb/table:Table"],
  judge: (table) => {
    table.must("pointInTimeRecovery.enabled", isTrue, "can't be restored to a point in time");
  },
});
