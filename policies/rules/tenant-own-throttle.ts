import type { PolicyResource } from "@pulumi/policy";
import { componentOf } from "../support/owner.ts";
import { read } from "../support/read.ts";
import { rule } from "../support/rule.ts";

const KEY = "aws:apigateway/apiKey:ApiKey";

/** One key for all tenants of a tier is one share of requests for all of them: each can use up the others'. */
export const tenantOwnThrottle = rule({
  name: "tenant-own-throttle",
  description:
    "Each tenant has an API key of its own in a usage plan, and the API takes the key from the authorizer's answer, not from clients.",
  severity: "high",
  remediation:
    "Give each tenant an aws.apigateway.ApiKey and UsagePlanKey of its own, name it in the tenant's registry item, and set apiKeySource AUTHORIZER.",
  validate: ({ stack }, report) => {
    for (const api of stack.of(["aws:apigateway/restApi:RestApi"])) {
      const source = read(api, "apiKeySource");
      if (!source.known || source.value !== "AUTHORIZER")
        report(
          source.known
            ? "takes API keys from clients: one could use up another tenant's share"
            : "not proven: apiKeySource is not known before deployment",
          api.urn,
        );
    }
    const inPlans = new Set(
      stack
        .of(["aws:apigateway/usagePlanKey:UsagePlanKey"])
        .flatMap((each) => (each.propertyDependencies["keyId"] ?? []).map(({ urn }) => urn)),
    );
    const usedBy = new Map<string, PolicyResource>();
    for (const item of stack.of(["aws:dynamodb/tableItem:TableItem"])) {
      const range = read(item, "rangeKey");
      if (!range.known || range.value !== "record" || componentOf(item) === undefined) continue;
      const keys = (item.propertyDependencies["item"] ?? []).filter(({ type }) => type === KEY);
      const [key, ...more] = keys;
      if (key === undefined || more.length > 0) {
        report(
          key === undefined
            ? "names no API key: nothing limits the tenant's requests"
            : "names several API keys",
          item.urn,
        );
        continue;
      }
      if (!inPlans.has(key.urn))
        report(`its API key ${key.name} is in no usage plan: nothing limits the tenant's requests`, item.urn);
      const other = usedBy.get(key.urn);
      if (other)
        report(`shares the API key ${key.name}, and so its share of requests, with ${other.name}`, item.urn);
      usedBy.set(key.urn, item);
    }
  },
});
