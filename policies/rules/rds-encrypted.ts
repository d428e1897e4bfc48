import { control, isTrue } from "../support/control.ts";

export const rdsEncrypted = control({
  name: "rds-encrypted",
  description: "Database clusters are encrypted at rest, under a customer managed key.",
  severity: "medium",
  remediation: "Set storageEncrypted and kmsKeyId.",
  controls: ["RDS.27"],
  of: ["aws:rds/cluster:Cluster"],
  judge: (cluster) => {
    if (cluster.must("storageEncrypted", isTrue, "is not encrypted at rest"))
      cluster.refers("kmsKeyId", "is under a key of AWS's own: no kmsKeyId");
  },
});
