import type { PolicyResource } from "@pulumi/policy";
import * as proxy from "@pulumi/policy/proxy.js";
import type { Rule } from "../../../policies/support/rule.ts";

/** What the SDK wraps properties in; left out of its typings. */
const { unknownCheckingProxy, unknownStringValue } = proxy as unknown as {
  unknownCheckingProxy: (props: Record<string, unknown>) => Record<string, unknown>;
  unknownStringValue: string;
};

/** A string that is not known before deployment, as the engine sends it. */
export const UNKNOWN: unknown = unknownStringValue;

/** A resource as a policy pack gets it: reading an unknown value throws. */
export function resource(
  type: string,
  name: string,
  props: Record<string, unknown>,
  propertyDependencies: Record<string, PolicyResource[]> = {},
): PolicyResource {
  return {
    type,
    name,
    urn: `urn:pulumi:test::bulkhead::${type}::${name}`,
    props: unknownCheckingProxy(props),
    dependencies: Object.values(propertyDependencies).flat(),
    propertyDependencies,
  } as unknown as PolicyResource;
}

/** What a rule says of a stack: `<resource name>: <message>`, in order. */
export async function violations(
  rule: Rule,
  resources: readonly PolicyResource[],
  config: Record<string, unknown> = {},
): Promise<string[]> {
  const found: string[] = [];
  await rule.validateStack(
    {
      resources: [...resources],
      stackTags: new Map(),
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the SDK's signature: the caller says what it expects
      getConfig: <T extends object>() => config as T,
      notApplicable: (reason?: string): never => {
        throw new Error(`not applicable: ${reason ?? ""}`);
      },
    },
    (message, urn) => found.push(`${urn?.split("::").at(-1) ?? "stack"}: ${message}`),
  );
  return found;
}
