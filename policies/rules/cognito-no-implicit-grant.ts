import { control } from "../support/control.ts";

export const cognitoNoImplicitGrant = control({
  name: "cognito-no-implicit-grant",
  description: "No token comes back in an address: clients take authorization codes, or are machines.",
  severity: "high",
  remediation: 'Take "implicit" out of allowedOauthFlows.',
  of: ["aws:cognito/userPoolClient:UserPoolClient"],
  judge: (client) => {
    const flows = client.known("allowedOauthFlows");
    if (((flows?.value ?? []) as unknown[]).includes("implicit"))
      client.fault("gets tokens in an address (implicit grant)");
  },
});
