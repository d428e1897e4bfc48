import { control, isTrue } from "../support/control.ts";

export const cognitoNoSelfSignUp = control({
  name: "cognito-no-self-sign-up",
  description: "Nobody signs up by themselves: administrators invite.",
  severity: "critical",
  remediation: "Set adminCreateUserConfig.allowAdminCreateUserOnly.",
  of: ["aws:cognito/userPool:UserPool"],
  judge: (pool) => {
    pool.must("adminCreateUserConfig.allowAdminCreateUserOnly", isTrue, "lets anybody sign up");
  },
});
