import { control } from "../support/control.ts";

export const rdsLogs = control({
  name: "rds-logs",
  description: "Database clusters publish what PostgreSQL logs.",
  severity: "medium",
  remediation: "Set enabledCloudwatchLogsExports to postgresql.",
  controls: ["RDS.37"],
  of: ["aws:rds/cluster:Cluster"],
  judge: (cluster) => {
    const exported = cluster.known("enabledCloudwatchLogsExports");
    if (exported && !((exported.value ?? []) as unknown[]).includes("postgresql"))
      cluster.fault("publishes no logs");
  },
});
