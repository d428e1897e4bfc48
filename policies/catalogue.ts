import { activeTenantsProtected } from "./rules/active-tenants-protected.ts";
import { agentJwtAuthorizer } from "./rules/agent-jwt-authorizer.ts";
import { apiAuthorized } from "./rules/api-authorized.ts";
import { apiCacheEncrypted } from "./rules/api-cache-encrypted.ts";
import { apiFirewall } from "./rules/api-firewall.ts";
import { apiLogged } from "./rules/api-logged.ts";
import { apiNoBodiesLogged } from "./rules/api-no-bodies-logged.ts";
import { apiTraced } from "./rules/api-traced.ts";
import { authorizerNoCredentials } from "./rules/authorizer-no-credentials.ts";
import { bedrockGuardrail } from "./rules/bedrock-guardrail.ts";
import { bedrockInvocationLogging } from "./rules/bedrock-invocation-logging.ts";
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
import { collectionAccessPolicy } from "./rules/collection-access-policy.ts";
import { dataRolePolicy } from "./rules/data-role-policy.ts";
import { dataRoleTrust } from "./rules/data-role-trust.ts";
import { dynamodbDeletionProtection } from "./rules/dynamodb-deletion-protection.ts";
import { dynamodbEncrypted } from "./rules/dynamodb-encrypted.ts";
import { dynamodbRecovery } from "./rules/dynamodb-recovery.ts";
import { exceptionsInForce } from "./rules/exceptions-in-force.ts";
import { iamNoAdmin } from "./rules/iam-no-admin.ts";
import { iamNoServiceWildcard } from "./rules/iam-no-service-wildcard.ts";
import { isolationProof } from "./rules/isolation-proof.ts";
import { kmsDeletionWindow } from "./rules/kms-deletion-window.ts";
import { kmsNoDecryptOnAllKeys } from "./rules/kms-no-decrypt-on-all-keys.ts";
import { kmsRotation } from "./rules/kms-rotation.ts";
import { knowledgeBaseKey } from "./rules/knowledge-base-key.ts";
import { lambdaRuntime } from "./rules/lambda-runtime.ts";
import { noEndpointOverride } from "./rules/no-endpoint-override.ts";
import { noGeneratedId } from "./rules/no-generated-id.ts";
import { noPublicNetworkPolicy } from "./rules/no-public-network-policy.ts";
import { noWildcardPrincipal } from "./rules/no-wildcard-principal.ts";
import { opensearchAccessControl } from "./rules/opensearch-access-control.ts";
import { opensearchEncrypted } from "./rules/opensearch-encrypted.ts";
import { opensearchInNetwork } from "./rules/opensearch-in-network.ts";
import { opensearchIndexRole } from "./rules/opensearch-index-role.ts";
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
import { s3Encrypted } from "./rules/s3-encrypted.ts";
import { s3Logged } from "./rules/s3-logged.ts";
import { s3NoAccessLists } from "./rules/s3-no-access-lists.ts";
import { s3Private } from "./rules/s3-private.ts";
import { s3TlsOnly } from "./rules/s3-tls-only.ts";
import { s3Versioned } from "./rules/s3-versioned.ts";
import { secretRotation } from "./rules/secret-rotation.ts";
import { serviceSourceBound } from "./rules/service-source-bound.ts";
import { sharedCorpusReadOnly } from "./rules/shared-corpus-read-only.ts";
import { siloTenantKey } from "./rules/silo-tenant-key.ts";
import { tableLeadingKeys } from "./rules/table-leading-keys.ts";
import { tagKeyCase } from "./rules/tag-key-case.ts";
import { tenantBucketPrincipalTag } from "./rules/tenant-bucket-principal-tag.ts";
import { tenantKeyPolicy } from "./rules/tenant-key-policy.ts";
import { tenantOwnThrottle } from "./rules/tenant-own-throttle.ts";
import { tenantRoleTags } from "./rules/tenant-role-tags.ts";
import { tenantTag } from "./rules/tenant-tag.ts";
import { trailWhole } from "./rules/trail-whole.ts";
import { wafHasRules } from "./rules/waf-has-rules.ts";
import type { Rule } from "./support/rule.ts";

/** Every rule of the pack: one for each file of `rules/`, by the same name. What lists exceptions comes last, when all have been used. */
export const rules: readonly Rule[] = [
  activeTenantsProtected,
  agentJwtAuthorizer,
  apiAuthorized,
  apiCacheEncrypted,
  apiFirewall,
  apiLogged,
  apiNoBodiesLogged,
  apiTraced,
  authorizerNoCredentials,
  bedrockGuardrail,
  bedrockInvocationLogging,
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
  collectionAccessPolicy,
  dataRolePolicy,
  dataRoleTrust,
  dynamodbDeletionProtection,
  dynamodbEncrypted,
  dynamodbRecovery,
  iamNoAdmin,
  iamNoServiceWildcard,
  isolationProof,
  kmsDeletionWindow,
  kmsNoDecryptOnAllKeys,
  kmsRotation,
  knowledgeBaseKey,
  lambdaRuntime,
  noEndpointOverride,
  noGeneratedId,
  noPublicNetworkPolicy,
  noWildcardPrincipal,
  opensearchAccessControl,
  opensearchEncrypted,
  opensearchInNetwork,
  opensearchIndexRole,
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
  s3Encrypted,
  s3Logged,
  s3NoAccessLists,
  s3Private,
  s3TlsOnly,
  s3Versioned,
  secretRotation,
  serviceSourceBound,
  sharedCorpusReadOnly,
  siloTenantKey,
  tableLeadingKeys,
  tagKeyCase,
  tenantBucketPrincipalTag,
  tenantKeyPolicy,
  tenantOwnThrottle,
  tenantRoleTags,
  tenantTag,
  trailWhole,
  wafHasRules,
  exceptionsInForce,
];
