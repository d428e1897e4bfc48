import { tenantNames, type Place } from "../../runtime/contract/names.ts";
import { onlyOverTls, policy, PRINCIPAL_TAG } from "./policy.ts";

/**
 * The tenant's bucket refuses everyone who does not carry the tenant's tag, whatever their own policies allow.
 * `StringNotEquals` also holds where the tag is absent, so an untagged principal is refused too.
 * Deployment roles keep `s3:ListBucket*` (the provider's HeadBucket is `s3:ListBucket`) and read no object.
 */
export function bucketPolicy(place: Place, id: string, deploymentRoleArns: readonly string[]): string {
  const { bucketArn, objectPrefix } = tenantNames(place, id);
  return policy(
    {
      Sid: "ObjectsOnlyWithTenantTag",
      Effect: "Deny",
      Principal: "*",
      // All of them: besides s3:*Object* there are BypassGovernanceRetention, the Replicate* verbs, and those to come.
      Action: "s3:*",
      Resource: `${bucketArn}/*`,
      Condition: { StringNotEquals: { [PRINCIPAL_TAG]: id } },
    },
    {
      Sid: "ListOnlyWithTenantTag",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:ListBucket*",
      Resource: bucketArn,
      Condition: {
        StringNotEquals: { [PRINCIPAL_TAG]: id },
        ArnNotEquals: { "aws:PrincipalArn": deploymentRoleArns },
      },
    },
    {
      Sid: "OnlyUnderTenantPrefix",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      NotResource: `${bucketArn}/${objectPrefix}*`,
    },
    onlyOverTls(bucketArn),
  );
}
