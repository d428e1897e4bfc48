import { platformNames, TENANT_TAG, type Place } from "../../runtime/contract/names.ts";
import {
  policy,
  PRINCIPAL_TAG,
  PRINCIPAL_TAG_VARIABLE,
  type Statement,
} from "../../tenants/documents/policy.ts";
import { useTableKey } from "../../tenants/documents/table-key.ts";

/** What managing a tenant's users takes: operations on items, each of which names its partition. */
export const USER_ACTIONS = [
  "dynamodb:GetItem",
  "dynamodb:PutItem",
  "dynamodb:UpdateItem",
  "dynamodb:DeleteItem",
  "dynamodb:Query",
] as const;

/**
 * Who may become the role that writes a tenant's users: the broker alone, from no tenant's session, naming one tenant by the session's
 * tag. One role serves all tenants, because all that it may do is tied to that tag.
 */
export function membersTrust(place: Place): string {
  const trusted = { AWS: platformNames(place).functionRoleArn("broker") };
  const fromNoTenant = { [PRINCIPAL_TAG]: "true" };
  const oneTenant = { "ForAllValues:StringEquals": { "aws:TagKeys": [TENANT_TAG] } };
  const tagged = { "aws:TagKeys": "false", [`aws:RequestTag/${TENANT_TAG}`]: "false", ...fromNoTenant };
  return policy(
    {
      Sid: "Assume",
      Effect: "Allow",
      Principal: trusted,
      Action: "sts:AssumeRole",
      Condition: { ...oneTenant, Null: tagged },
    },
    {
      Sid: "Tag",
      Effect: "Allow",
      Principal: trusted,
      Action: "sts:TagSession",
      Condition: { ...oneTenant, Null: { ...tagged, "sts:TransitiveTagKeys": "true" } },
    },
    {
      Sid: "NameTheUser",
      Effect: "Allow",
      Principal: trusted,
      Action: "sts:SetSourceIdentity",
      Condition: { Null: { "sts:SourceIdentity": "false", ...fromNoTenant } },
    },
  );
}

/** The users of the tenant that the session's tag names, and its registry item. */
export function membersPolicy(place: Place): string {
  const names = platformNames(place);
  const inOwnPartition = (Sid: string, Action: readonly string[], Resource: string): Statement => ({
    Sid,
    Effect: "Allow",
    Action,
    Resource,
    Condition: {
      "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [PRINCIPAL_TAG_VARIABLE] },
      // ForAllValues holds for a request without keys (a Scan): that is what this line is for.
      Null: { "dynamodb:LeadingKeys": "false" },
    },
  });
  return policy(
    inOwnPartition("OwnUsers", USER_ACTIONS, names.usersTableArn),
    inOwnPartition("OwnRegistryItem", ["dynamodb:GetItem"], names.registryTableArn),
    useTableKey(place, [names.usersTable, names.registryTable]),
  );
}
