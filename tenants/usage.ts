import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { TENANT_TAG, tenantNames, type Place } from "../runtime/contract/names.ts";
import { after } from "./after.ts";

export interface UsageArgs {
  readonly place: Place;
  readonly id: string;
  /** Id of the usage plan that the tenant's file names. */
  readonly usagePlanId: pulumi.Input<string>;
}

/**
 * The tenant's own share of requests: an API key that stays, in the usage plan of its plan. The authorizer alone says whose key
 * counts, so that a client gains nothing by knowing one; it is no credential.
 */
export class Usage extends pulumi.ComponentResource {
  /** The key's value, known once the key is in its plan. */
  readonly key: pulumi.Output<string>;

  constructor(name: string, { place, id, usagePlanId }: UsageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:tenants:Usage", name, {}, opts);
    const key = new aws.apigateway.ApiKey(
      `${name}-key`,
      {
        name: tenantNames(place, id).apiKey,
        description: `Share of requests of tenant ${id}`,
        tags: { [TENANT_TAG]: id },
      },
      { parent: this },
    );
    const inPlan = new aws.apigateway.UsagePlanKey(
      `${name}-key-in-plan`,
      { keyId: key.id, keyType: "API_KEY", usagePlanId },
      // A key can be in one plan of a stage only: it leaves the old one first, and for that moment the tenant is refused.
      { parent: this, deleteBeforeReplace: true },
    );
    // As a secret, it would hide all of the registry item in previews.
    this.key = pulumi.unsecret(after(key.value, inPlan));
    this.registerOutputs({ key: this.key });
  }
}
