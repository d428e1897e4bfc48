import * as proxy from "@pulumi/policy/proxy.js";

/** What the SDK wraps properties in; left out of its typings. */
export const { unknownCheckingProxy, unknownStringValue: UNKNOWN_STRING } = proxy as unknown as {
  unknownCheckingProxy: (props: Record<string, unknown>) => Record<string, unknown>;
  /** A string that is not known before deployment, as the engine sends it. */
  unknownStringValue: string;
};
