import { control, oneOf } from "../support/control.ts";

export const cognitoThreatProtection = control({
  name: "cognito-threat-protection",
  description: "User pools act on stolen passwords and sign-ins that are out of character.",
  severity: "medium",
  remediation: "Set userPoolTier PLUS and userPoolAddOns.advancedSecurityMode ENFORCED.",
  controls: ["Cognito.1"],
  of: ["aws:cognito/userPool:UserPool"],
  notLocal: true,
  judge: (pool) => {
    pool.must("userPoolTier", oneOf("PLUS"), "has a tier without threat protection");
    pool.must("userPoolAddOns.advancedSecurityMode", oneOf("ENFORCED"), "does not act on threats");
  },
});
