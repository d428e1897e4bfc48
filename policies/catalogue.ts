import { noEndpointOverride } from "./rules/no-endpoint-override.ts";
import { tenantBucketPrincipalTag } from "./rules/tenant-bucket-principal-tag.ts";
import type { Rule } from "./support/rule.ts";

/** Every rule of the pack: one for each file of `rules/`, by the same name. */
export const rules: readonly Rule[] = [noEndpointOverride, tenantBucketPrincipalTag];
