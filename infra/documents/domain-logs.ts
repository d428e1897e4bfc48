import { DOMAIN_LOGS, platformNames, type Place } from "../../runtime/contract/names.ts";
import { arns, policy } from "../../tenants/documents/policy.ts";

/** OpenSearch Service writes the domain's logs, for this domain alone. */
export function domainLogPolicy(place: Place): string {
  const names = platformNames(place);
  return policy({
    Sid: "DomainWritesLogs",
    Effect: "Allow",
    Principal: { Service: "es.amazonaws.com" },
    Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:PutLogEventsBatch"],
    Resource: DOMAIN_LOGS.map((kind) =>
      arns(place).regional("logs", `log-group:${names.domainLogGroup(kind)}:*`),
    ),
    Condition: {
      StringEquals: { "aws:SourceAccount": place.account },
      ArnLike: { "aws:SourceArn": names.domainArn },
    },
  });
}
