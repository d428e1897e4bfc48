import { read, readKeys } from "../support/read.ts";
import { rule } from "../support/rule.ts";

const OVERRIDE = /^AWS_(ENDPOINT_URL|IGNORE_CONFIGURED_ENDPOINT_URLS)/i;

/** A function whose endpoints point elsewhere would hand its credentials and its tenants' documents to that place. */
export const noEndpointOverride = rule({
  name: "no-endpoint-override",
  description: "No Lambda function redirects the AWS endpoints that it calls.",
  severity: "critical",
  remediation:
    "Remove the variable from the function's environment: a deployed function calls AWS itself, nothing else.",
  validate: ({ resources }, report) => {
    for (const resource of resources) {
      if (resource.type !== "aws:lambda/function:Function") continue;
      const variables = read(resource, "environment", "variables");
      if (variables.known && !isOptionalObject(variables.value))
        report("not proven: the environment variables are not understood: expected an object", resource.urn);
      const names = readKeys(resource, "environment", "variables");
      if (!names.known)
        report("not proven: the environment variables' names are not known before deployment", resource.urn);
      else
        for (const name of names.value.filter((name) => OVERRIDE.test(name)))
          report(`sets ${name}, which redirects AWS endpoints`, resource.urn);
    }
  },
});

const isOptionalObject = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === "object" && !Array.isArray(value));
