import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ClaimsTenantInput } from "../runtime/contract/admin-payloads.ts";
import { CLAIMS_DATABASE, CLAIMS_SCHEMA, claimsLogin, tenantGrants } from "../runtime/contract/claims.ts";
import { platformNames, TENANT_TAG, tenantNames, type Place } from "../runtime/contract/names.ts";
import { after } from "./after.ts";
import { askClaims, loginSecretPolicy } from "./documents/claims.ts";
import { policy } from "./documents/policy.ts";
import type { Shared, SharedClaims } from "./shared.ts";

export interface TenantClaimsArgs {
  readonly id: string;
  readonly shared: Shared;
  readonly claims: SharedClaims;
  /** The tenant's key, under which the secret is. */
  readonly keyArn: pulumi.Input<string>;
  /** Refuse to delete the tenant's rows. */
  readonly protect: boolean;
}

/**
 * The tenant in the database of claims: partitions, a login that reads these alone, the secret of the login under the tenant's own key,
 * and the data role's way to both. The password is made and put into the secret by the function: the program never has it.
 */
export class TenantClaims extends pulumi.ComponentResource {
  /** Known once the login is there. */
  readonly secretArn: pulumi.Output<string>;

  constructor(name: string, args: TenantClaimsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:tenants:TenantClaims", name, {}, opts);
    const { id, shared, keyArn, protect } = args;
    const { place } = shared;
    const names = tenantNames(place, id);
    const inside = { parent: this };
    const access = new aws.iam.RolePolicy(
      `${name}-policy`,
      { name: "claims", role: names.dataRoleName, policy: policy(...askClaims(place, id)) },
      inside,
    );
    const secret = new aws.secretsmanager.Secret(
      `${name}-login-secret`,
      {
        name: names.claimsSecret,
        description: `Login of tenant ${id} to the database of claims`,
        kmsKeyId: keyArn,
        // It opens nothing once the login is gone, and can be made again at any time.
        recoveryWindowInDays: 0,
        tags: { [TENANT_TAG]: id },
      },
      inside,
    );
    const guarded = new aws.secretsmanager.SecretPolicy(
      `${name}-login-secret-policy`,
      { secretArn: secret.arn, policy: loginSecretPolicy(place, id) },
      inside,
    );
    const login = new aws.lambda.Invocation(
      `${name}-login`,
      {
        // By its name: what replaces the function must not replace, and so delete, the tenant's rows.
        functionName: platformNames(place).functionName("db-admin"),
        input: JSON.stringify(tenantInput(place, id)),
        lifecycleScope: "CRUD",
      },
      { parent: this, protect, dependsOn: [args.claims.schema, guarded] },
    );
    this.secretArn = after(secret.arn, login, access);
    this.registerOutputs({ secretArn: this.secretArn });
  }
}

function tenantInput(place: Place, id: string): ClaimsTenantInput {
  return {
    kind: "claims-tenant",
    name: claimsLogin(id),
    body: {
      cluster: platformNames(place).claimsCluster,
      database: CLAIMS_DATABASE,
      schema: CLAIMS_SCHEMA,
      tenant: id,
      login: claimsLogin(id),
      secret: tenantNames(place, id).claimsSecret,
      grants: tenantGrants(id),
      memberOf: [],
    },
    revision: "1",
  };
}
