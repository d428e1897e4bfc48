import { control, isTrue, oneOf } from "../support/control.ts";

export const cognitoTokenRevocation = control({
  name: "cognito-token-revocation",
  description: "Tokens can be revoked, and sign-in does not tell who has an account.",
  severity: "high",
  remediation: "Set enableTokenRevocation and preventUserExistenceErrors ENABLED.",
  of: ["aws:cognito/userPoolClient:UserPoolClient"],
  judge: (client) => {
    client.must("enableTokenRevocation", isTrue, "has tokens that can't be revoked");
    client.must("preventUserExistenceErrors", oneOf("ENABLED"), "tells who has an account");
  },
});
