import { control, isTrue } from "../support/control.ts";

export const rdsIamAuthentication = control({
  name: "rds-iam-authentication",
  description: "Database clusters know IAM: a login by AWS credentials instead of a password is possible.",
  severity: "medium",
  remediation: "Set iamDatabaseAuthenticationEnabled.",
  controls: ["RDS.12"],
  of: ["aws:rds/cluster:Cluster"],
  judge: (cluster) => {
    cluster.must("iamDatabaseAuthenticationEnabled", isTrue, "does not know IAM");
  },
});
