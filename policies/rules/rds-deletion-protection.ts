import { control, isTrue } from "../support/control.ts";

export const rdsDeletionProtection = control({
  name: "rds-deletion-protection",
  description: "AWS refuses to delete a database cluster, whoever asks.",
  severity: "low",
  remediation: "Set deletionProtection.",
  controls: ["RDS.7"],
  of: ["aws:rds/cluster:Cluster"],
  notLocal: true,
  judge: (cluster) => {
    cluster.must("deletionProtection", isTrue, "can be deleted");
  },
});
