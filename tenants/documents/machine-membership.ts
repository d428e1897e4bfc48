import type { MachineMembership } from "../../runtime/contract/registry.ts";
import { dynamoDbJson } from "../registry-item.ts";
import type { TenantSpec } from "../schema.ts";

/** The record that makes a machine client the tenant's, in DynamoDB's JSON. @param user `<issuer>#<client id>` */
export function machineMembership(
  user: string,
  tenantId: string,
  { name, scopes }: TenantSpec["machineClients"][number],
): string {
  return dynamoDbJson({ user, tenant_id: tenantId, client: name, scopes } satisfies MachineMembership);
}
