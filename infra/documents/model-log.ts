import { platformNames, type Place } from "../../runtime/contract/names.ts";
import { arns, policy, serviceTrust } from "../../tenants/documents/policy.ts";

/** Bedrock writes what models were asked and answered as this role, for this account alone. */
export function modelLogTrust(place: Place): string {
  return serviceTrust(place.account, "bedrock.amazonaws.com", arns(place).regional("bedrock", "*"));
}

/** The stream's name is Bedrock's own. */
export function modelLogPolicy(place: Place): string {
  return policy({
    Sid: "WriteLog",
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: arns(place).regional(
      "logs",
      `log-group:${platformNames(place).modelLogGroup}:log-stream:aws/bedrock/modelinvocations`,
    ),
  });
}
