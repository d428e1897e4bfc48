import { platformNames, type Place } from "../../runtime/contract/names.ts";
import { arns, policy, serviceTrust } from "../../tenants/documents/policy.ts";

/** VPC's flow logs of this account write as this role, and nothing else does. */
export function flowLogTrust(place: Place): string {
  return serviceTrust(
    place.account,
    "vpc-flow-logs.amazonaws.com",
    arns(place).regional("ec2", "vpc-flow-log/*"),
  );
}

export function flowLogPolicy(place: Place): string {
  const group = arns(place).regional("logs", `log-group:${platformNames(place).flowLogGroup}`);
  return policy({
    Sid: "WriteLog",
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
    Resource: [group, `${group}:*`],
  });
}
