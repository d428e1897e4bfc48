import { control, oneOf } from "../support/control.ts";

export const cognitoThreatProtection = control({
  name: "cognito-threat-protection",
  description:
    "User pools of tier Plus act on stolen passwords and sign-ins that are out of character. The other tiers can't; which tier is worth its price is the environment's to choose.",
  severity: "medium",
  remediation:
    "Set userPoolAddOns.advancedSecurityMode ENFORCED; a pool of another tier has no such add-on, and pays less for each active user.",
  controls: ["Cognito.1"],
  of: ["aws:cognito/userPool:UserPool"],
  notLocal: true,
  judge: (pool) => {
    const tier = pool.known("userPoolTier");
    if (tier?.value === "PLUS")
      pool.must("userPoolAddOns.advancedSecurityMode", oneOf("ENFORCED"), "does not act on threats");
  },
});
