import { agentJwtAuthorizer } from "./rules/agent-jwt-authorizer.ts";
import { apiCacheEncrypted } from "./rules/api-cache-encrypted.ts";
import { apiFirewall } from "./rules/api-firewall.ts";
import { apiLogged } from "./rules/api-logged.ts";
import { apiNoBodiesLogged } from "./rules/api-no-bodies-logged.ts";
import { apiTraced } from "./rules/api-traced.ts";
import { bedrockGuardrail } from "./rules/bedrock-guardrail.ts";
import { cloudfrontFirewall } from "./rules/cloudfront-firewall.ts";
import { cloudfrontLogged } from "./rules/cloudfront-logged.ts";
import { cloudfrontOriginTls } from "./rules/cloudfront-origin-tls.ts";
import { cloudfrontOrigins } from "./rules/cloudfront-origins.ts";
import { cloudfrontRootObject } from "./rules/cloudfront-root-object.ts";
import { cloudfrontSni } from "./rules/cloudfront-sni.ts";
import { cloudfrontViewerTls } from "./rules/cloudfront-viewer-tls.ts";
import { cognitoNoImplicitGrant } from "./rules/cognito-no-implicit-grant.ts";
import { cognitoNoSelfSignUp } from "./rules/cognito-no-self-sign-up.ts";
import { cognitoSecondFactor } from "./rules/cognito-second-factor.ts";
import { cognitoThreatProtection } from "./rules/cognito-threat-protection.ts";
import { cognitoTokenRevocation } from "./rules/cognito-token-revocation.ts";
import { dynamodbDeletionProtection } from "./rules/dynamodb-deletion-protection.ts";
import { dynamodbEncrypted } from "./rules/dynamodb-encrypted.ts";
import { dynamodbRecovery } from "./rules/dynamodb-recovery.ts";
import { exceptionsInForce } from "./rules/exceptions-in-force.ts";
import { kmsDeletionWindow } from "./rules/kms-deletion-window.ts";
import { kmsRotation } from "./rules/kms-rotation.ts";
import { lambdaRuntime } from "./rules/lambda-runtime.ts";
import { noEndpointOverride } from "./rules/no-endpoint-override.ts";
import { noWildcardPrincipal } from "./rules/no-wildcard-principal.ts";
import { opensearchAccessControl } from "./rules/opensearch-access-control.ts";
import { opensearchEncrypted } from "./rules/opensearch-encrypted.ts";
import { opensearchInNetwork } from "./rules/opensearch-in-network.ts";
import { opensearchLogs } from "./rules/opensearch-logs.ts";
import { opensearchNodeEncryption } from "./rules/opensearch-node-encryption.ts";
import { opensearchNodes } from "./rules/opensearch-nodes.ts";
import { opensearchTls } from "./rules/opensearch-tls.ts";
import { ownAccountOnly } from "./rules/own-account-only.ts";
import { rdsDeletionProtection } from "./rules/rds-deletion-protection.ts";
import { rdsEncrypted } from "./rules/rds-encrypted.ts";
import { rdsIamAuthentication } from "./rules/rds-iam-authentication.ts";
import { rdsLogs } from "./rules/rds-logs.ts";
import { rdsNotPublic } from "./rules/rds-not-public.ts";
import { rdsZones } from "./rules/rds-zones.ts";
import { runtimeRoleBoundary } from "./rules/runtime-role-boundary.ts";
import { s3NoAccessLists } from "./rules/s3-no-access-lists.ts";
import { s3Private } from "./rules/s3-private.ts";
import { s3Versioned } from "./rules/s3-versioned.ts";
import { serviceSourceBound } from "./rules/service-source-bound.ts";
import { tagKeyCase } from "./rules/tag-key-case.ts";
import { tenantBucketPrincipalTag } from "./rules/tenant-bucket-principal-tag.ts";
import { tenantRoleTags } from "./rules/tenant-role-tags.ts";
import { tenantTag } from "./rules/tenant-tag.ts";
import { trailWhole } from "./rules/trail-whole.ts";
import { wafHasRules } from "./rules/waf-has-rules.ts";
import type { Rule } from "./support/rule.ts";

/** Every rule of the pack: one for each file of `rules/`, by the same name. What lists exceptions comes last, when all have been used. */
export const rules: readonly Rule[] = [
  agentJwtAuthorizer,
  apiCacheEncrypted,
  apiFirewall,
  apiLogged,
  apiNoBodiesLogged,
  apiTraced,
  bedrockGuardrail,
  cloudfrontFirewall,
  cloudfrontLogged,
  cloudfrontOriginTls,
  cloudfrontOrigins,
  cloudfrontRootObject,
  cloudfrontSni,
  cloudfrontViewerTls,
  cognitoNoImplicitGrant,
  cognitoNoSelfSignUp,
  cognitoSecondFactor,
  cognitoThreatProtection,
  cognitoTokenRevocation,
  dynamodbDeletionProtection,
  dynamodbEncrypted,
  dynamodbRecovery,
  kmsDeletionWindow,
  kmsRotation,
  lambdaRuntime,
  noEndpointOverride,
  noWildcardPrincipal,
  opensearchAccessControl,
  opensearchEncrypted,
  opensearchInNetwork,
  opensearchLogs,
  opensearchNodeEncryption,
  opensearchNodes,
  opensearchTls,
  ownAccountOnly,
  rdsDeletionProtection,
  rdsEncrypted,
  rdsIamAuthentication,
  rdsLogs,
  rdsNotPublic,
  rdsZones,
  runtimeRoleBoundary,
  s3NoAccessLists,
  s3Private,
  s3Versioned,
  serviceSourceBound,
  tagKeyCase,
  tenantBucketPrincipalTag,
  tenantRoleTags,
  tenantTag,
  trailWhole,
  wafHasRules,
  exceptionsInForce,
];
