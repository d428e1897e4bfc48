import { control } from "../support/control.ts";

export const rdsZones = control({
  name: "rds-zones",
  description: "Database clusters outlive a zone: they have two instances at least.",
  severity: "medium",
  remediation: "Add an aws.rds.ClusterInstance.",
  controls: ["RDS.15"],
  of: ["aws:rds/cluster:Cluster"],
  notLocal: true,
  judge: (cluster, { stack }) => {
    const { own } = stack.satellites(
      cluster.resource,
      ["aws:rds/clusterInstance:ClusterInstance"],
      "clusterIdentifier",
      cluster.names("clusterIdentifier", "id"),
    );
    if (own.length < 2)
      cluster.fault(`has ${own.length === 0 ? "no instance" : "one instance"}: a failed zone stops it`);
  },
});
