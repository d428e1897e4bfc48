import { control, oneOf } from "../support/control.ts";

export const rdsNotPublic = control({
  name: "rds-not-public",
  description: "No database instance has an address on the internet.",
  severity: "critical",
  remediation: "Set publiclyAccessible false.",
  of: ["aws:rds/clusterInstance:ClusterInstance"],
  judge: (instance) => {
    instance.must("publiclyAccessible", oneOf(false), "may have an address on the internet");
  },
});
