import type * as pulumi from "@pulumi/pulumi";
import type { TenantSpec } from "../schema.ts";

type Own = NonNullable<TenantSpec["identityProvider"]>;

/** How the user pool reaches a tenant's identity provider. @param secret of an OIDC client, which no file holds */
export function providerDetails(
  own: Own,
  secret: pulumi.Input<string> | undefined,
): Record<string, pulumi.Input<string>> {
  if (own.type === "saml") return { MetadataURL: own.metadataUrl, IDPSignout: "false" };
  if (secret === undefined) throw new Error("an OIDC identity provider needs a client secret");
  return {
    oidc_issuer: own.issuer,
    client_id: own.clientId,
    client_secret: secret,
    authorize_scopes: "openid email profile",
    attributes_request_method: "GET",
  };
}

/** What Cognito adds to a provider's details by itself, and would show as a change. */
export const GENERATED_DETAILS: Readonly<Record<Own["type"], readonly string[]>> = {
  oidc: ["attributes_url", "attributes_url_add_attributes", "authorize_url", "jwks_uri", "token_url"],
  saml: ["ActiveEncryptionCertificate", "SLORedirectBindingURI", "SSORedirectBindingURI"],
};

/**
 * What a provider says of its users that is taken over: the address, and that the provider has verified it, which an invitation is
 * claimed by. Neither tenant nor groups: those are the platform's to say.
 */
export function attributeMapping(type: Own["type"]): Record<string, string> {
  return type === "oidc"
    ? { username: "sub", email: "email", email_verified: "email_verified" }
    : {
        email: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        email_verified: "email_verified",
      };
}
