import { control, oneOf } from "../support/control.ts";

export const cognitoSecondFactor = control({
  name: "cognito-second-factor",
  description: "Whoever signs in with a password can be asked for a second factor.",
  severity: "high",
  remediation: "Set mfaConfiguration ON or OPTIONAL.",
  of: ["aws:cognito/userPool:UserPool"],
  notLocal: true,
  judge: (pool) => {
    pool.must("mfaConfiguration", oneOf("ON", "OPTIONAL"), "has no second factor");
  },
});
