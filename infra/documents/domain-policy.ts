import { platformNames, type Place } from "../../runtime/contract/names.ts";
import { policy, PRINCIPAL_TAG, PRINCIPAL_TAG_VARIABLE } from "../../tenants/documents/policy.ts";

/**
 * The shared domain's access policy: whatever a principal's own policies allow, a tenant's session reaches the paths of
 * its own alias and nothing else, and an untagged one nothing at all, but for the admin function. It allows nobody:
 * that is for identity policies. (OpenSearch's own roles decide once more, on what the path does not show.)
 */
export function domainPolicy(place: Place): string {
  const { domainArn, functionRoleArn } = platformNames(place);
  const unlessAdmin = { ArnNotEquals: { "aws:PrincipalArn": functionRoleArn("search-admin") } };
  return policy(
    {
      Sid: "OnlyTenantsAndAdmin",
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: "es:ESHttp*",
      Resource: `${domainArn}/*`,
      Condition: { ...unlessAdmin, Null: { [PRINCIPAL_TAG]: "true" } },
    },
    {
      Sid: "OnlyOwnAlias",
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: "es:ESHttp*",
      NotResource: ["_search", "_bulk"].map(
        (operation) => `${domainArn}/kb.${PRINCIPAL_TAG_VARIABLE}/${operation}`,
      ),
      Condition: unlessAdmin,
    },
  );
}
