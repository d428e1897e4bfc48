import { control, isTrue } from "../support/control.ts";

export const dynamodbEncrypted = control({
  name: "dynamodb-encrypted",
  description: "Tables are under a customer managed key, whose use is logged and can be ended.",
  severity: "medium",
  remediation: "Set serverSideEncryption.enabled and its kmsKeyArn.",
  of: ["aws:dynamodb/table:Table"],
  judge: (table) => {
    if (table.must("serverSideEncryption.enabled", isTrue, "is under a key of AWS's own"))
      table.refers("serverSideEncryption.kmsKeyArn", "is under a key of AWS's own: no kmsKeyArn");
  },
});
