import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { FirstAdminInput } from "../runtime/contract/admin-payloads.ts";
import { appClientName, tenantNames } from "../runtime/contract/names.ts";
import { RESOURCE_SERVER, userPoolIssuer, type RegistryItem } from "../runtime/contract/registry.ts";
import { after } from "./after.ts";
import { machineMembership } from "./documents/machine-membership.ts";
import { attributeMapping, GENERATED_DETAILS, providerDetails } from "./documents/identity-provider.ts";
import { machineClient, peopleClient } from "./people-client.ts";
import type { TenantSpec } from "./schema.ts";
import type { Shared } from "./shared.ts";

export interface TenantIdentityArgs {
  readonly spec: TenantSpec;
  readonly shared: Shared;
}

/** What a machine client asks for tokens with. */
export interface MachineCredentials {
  readonly clientId: pulumi.Output<string>;
  readonly clientSecret: pulumi.Output<string>;
}

/**
 * Who uses the tenant: its own identity provider with an app client of its own (on a shared client's sign-in page every tenant's
 * provider would show), its machine clients, and its first admin, who is invited.
 */
export class TenantIdentity extends pulumi.ComponentResource {
  /** The identity part of the tenant's registry item. */
  readonly registered: pulumi.Output<Pick<RegistryItem, "identity_provider" | "clients">>;
  /** Machine clients by name, each once its tokens are the tenant's. The second part is secret. */
  readonly machines: Readonly<Record<string, MachineCredentials>>;

  constructor(name: string, { spec, shared }: TenantIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:tenants:TenantIdentity", name, {}, opts);
    const { id } = spec;
    const { place, userPoolId } = shared;
    const names = tenantNames(place, id);
    const inside = { parent: this };
    const clients: pulumi.Output<string>[] = [];
    const machines: Record<string, MachineCredentials> = {};

    const own = spec.identityProvider;
    const provider = own && this.#provider(name, own, spec, shared);
    if (provider) {
      const client = new aws.cognito.UserPoolClient(
        `${name}-people`,
        peopleClient({
          userPoolId,
          name: appClientName(id, "people"),
          consoleUrls: shared.consoleUrls,
          providers: [provider.providerName],
          authFlows: [],
        }),
        inside,
      );
      if (shared.consoleUrls.length > 0) {
        new aws.cognito.ManagedLoginBranding(
          `${name}-people-page`,
          { userPoolId, clientId: client.id, useCognitoProvidedValues: true },
          inside,
        );
      }
      clients.push(client.id);
    }

    for (const machine of spec.machineClients) {
      const scopes = machine.scopes.map((scope) => `${RESOURCE_SERVER}/${scope}`);
      const client = new aws.cognito.UserPoolClient(
        `${name}-machine-${machine.name}`,
        machineClient({ userPoolId, name: appClientName(id, machine.name), scopes }),
        inside,
      );
      const membership = new aws.dynamodb.TableItem(
        `${name}-machine-${machine.name}-membership`,
        {
          tableName: shared.membershipsTable,
          hashKey: "user",
          item: pulumi
            .all([userPoolId, client.id])
            .apply(([pool, clientId]) =>
              machineMembership(`${userPoolIssuer(place.region, pool)}#${clientId}`, id, machine),
            ),
        },
        inside,
      );
      clients.push(after(client.id, membership));
      machines[machine.name] = { clientId: after(client.id, membership), clientSecret: client.clientSecret };
    }

    const input: FirstAdminInput = {
      kind: "first-admin",
      name: id,
      body: { tenant: id, email: spec.admin, ...(provider && { provider: names.identityProvider }) },
      revision: "1",
    };
    new aws.lambda.Invocation(
      `${name}-first-admin`,
      {
        functionName: shared.userAdminFunction,
        input: JSON.stringify(input),
        lifecycleScope: "CRUD",
      },
      { parent: this, ...(provider && { dependsOn: [provider] }) },
    );

    this.registered = pulumi.all(clients).apply((ids) => ({
      ...(provider && { identity_provider: names.identityProvider }),
      ...(ids.length > 0 && { clients: ids }),
    }));
    this.machines = machines;
    this.registerOutputs({ registered: this.registered });
  }

  #provider(
    name: string,
    own: NonNullable<TenantSpec["identityProvider"]>,
    { id }: TenantSpec,
    shared: Shared,
  ): aws.cognito.IdentityProvider {
    const secret = own.type === "oidc" ? shared.clientSecretOf(id) : undefined;
    return new aws.cognito.IdentityProvider(
      `${name}-provider`,
      {
        userPoolId: shared.userPoolId,
        providerName: tenantNames(shared.place, id).identityProvider,
        providerType: own.type === "oidc" ? "OIDC" : "SAML",
        providerDetails: providerDetails(own, secret),
        attributeMapping: attributeMapping(own.type),
      },
      { parent: this, ignoreChanges: GENERATED_DETAILS[own.type].map((key) => `providerDetails.${key}`) },
    );
  }
}
