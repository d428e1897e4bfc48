import { compileWildcard } from "../isolation/index.ts";
import { control } from "../support/control.ts";

/**
 * The origin's secret is rotated by a function of its own, in steps that Secrets Manager's schedule does not know; the canary's is Cognito's
 * to make; logins of claims are changed with their revision by what administers the database.
 */
const OTHERWISE = ["bulkhead/*/origin", "bulkhead/*/canary", "bulkhead/*/claims/*"];

export const secretRotation = control({
  name: "secret-rotation",
  description: "Secrets are changed by themselves.",
  severity: "medium",
  remediation:
    "Give the secret an aws.secretsmanager.SecretRotation; or list its name, if something else changes it.",
  controls: ["SecretsManager.1"],
  configSchema: {
    properties: {
      rotatedOtherwise: {
        type: "array",
        items: { type: "string" },
        description: `Names of secrets that something else changes, with wildcards. Default: ${OTHERWISE.map((name) => `\`${name}\``).join(", ")}.`,
      },
    },
  },
  of: ["aws:secretsmanager/secret:Secret"],
  judge: (secret, input) => {
    const name = secret.known("name")?.value;
    const otherwise = (input.config["rotatedOtherwise"] ?? OTHERWISE) as readonly string[];
    if (typeof name === "string" && otherwise.some((pattern) => compileWildcard(pattern)(name))) return;
    secret.only(
      input,
      { types: ["aws:secretsmanager/secretRotation:SecretRotation"], property: "secretId", what: "rotation" },
      secret.names("id", "arn", "name"),
    );
  },
});
