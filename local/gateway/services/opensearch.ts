/** Amazon OpenSearch Service, configuration API (REST JSON): the one operation that the runtime uses. */
import type { ResourceRecord } from "../../account/account.ts";
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import { AwsError, PATHS, type Call, type Gateway, type Reply, type Service } from "../contract.ts";
import { tagsOf } from "../roles.ts";
import { isObject } from "../search/errors.ts";
import { DOMAIN } from "./domain.ts";

const DESCRIBE = /^\/2021-01-01\/opensearch\/domain\/([a-z][a-z0-9-]+)$/;

/** It signs as `es`, as the domains' endpoints do; those have paths of their own. */
export function createOpenSearchService(gateway: Gateway): Service {
  return {
    serves: (call) => call.service === "es" && !call.rawPath.startsWith(PATHS.domain("")),
    handle: (call) => Promise.resolve(handle(gateway, call)),
  };
}

function handle(gateway: Gateway, call: Call): Reply {
  const name = DESCRIBE.exec(call.rawPath)?.[1];
  if (call.method !== "GET" || name === undefined)
    throw new AwsError(
      "UnknownOperationException",
      `The embedded account does not serve ${call.method} ${call.rawPath} of OpenSearch Service; it serves DescribeDomain.`,
      404,
    );
  const domain = gateway.account.find(DOMAIN, "domainName", name);
  const context = Object.fromEntries(
    Object.entries(domain ? tagsOf(domain) : {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
  );
  gateway.authorize(call, { action: "es:DescribeDomain", resource: arnOf(name), context });
  if (!domain) throw new AwsError("ResourceNotFoundException", `Domain not found: ${name}`, 409);
  return {
    status: 200,
    headers: { "content-type": "application/json", "x-amzn-requestid": call.id },
    body: JSON.stringify({ DomainStatus: status(domain, name) }),
  };
}

const arnOf = (name: string): string =>
  `arn:${LOCAL_PARTITION}:es:${LOCAL_REGION}:${LOCAL_ACCOUNT}:domain/${name}`;

function status({ outputs }: ResourceRecord, name: string): object {
  const endpoint = outputs["endpoint"];
  return {
    ARN: outputs["arn"],
    DomainId: outputs["domainId"],
    DomainName: name,
    EngineVersion: outputs["engineVersion"],
    Created: true,
    Deleted: false,
    Processing: false,
    UpgradeProcessing: false,
    // A domain inside a VPC has its host name in another place.
    ...(isObject(outputs["vpcOptions"]) ? { Endpoints: { vpc: endpoint } } : { Endpoint: endpoint }),
  };
}
