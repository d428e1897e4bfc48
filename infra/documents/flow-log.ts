import { platformNames, type Place } from "../../runtime/contract/names.ts";
import { arns, policy } from "../../tenants/documents/policy.ts";

/** VPC's flow logs of this account write as this role, and nothing else does. */
export function flowLogTrust(place: Place): string {
  return policy({
    Sid: "FlowLogs",
    Effect: "Allow",
    Principal: { Service: "vpc-flow-logs.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: {
      StringEquals: { "aws:SourceAccount": place.account },
      ArnLike: { "aws:SourceArn": arns(place).regional("ec2", "vpc-flow-log/*") },
    },
  });
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
