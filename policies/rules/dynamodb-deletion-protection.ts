import { control, isTrue } from "../support/control.ts";

export const dynamodbDeletionProtection = control({
  name: "dynamodb-deletion-protection",
  description: "AWS refuses to delete a table, whoever asks.",
  severity: "medium",
  remediation: "Set deletionProtectionEnabled.",
  controls: ["DynamoDB.6"],
  of: ["aws:dynamodb/table:Table"],
  notLocal: true,
  judge: (table) => {
    table.must("deletionProtectionEnabled", isTrue, "can be deleted");
  },
});
