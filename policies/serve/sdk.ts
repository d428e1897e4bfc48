/** Parts of the policy SDK that its typings leave out: how it reads the engine's values, and how it answers. */
import type { AnalyzeResponse, AnalyzerInfo } from "@pulumi/pulumi/proto/analyzer_pb.js";
import type { Policy, PolicyPackArgs } from "@pulumi/policy";
import * as deserialize from "@pulumi/policy/deserialize.js";
import * as protoutil from "@pulumi/policy/protoutil.js";
import * as proxy from "@pulumi/policy/proxy.js";
import * as versions from "@pulumi/policy/version.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";

export type Level = NonNullable<Policy["enforcementLevel"]>;

/** What is wrong, as the engine is told. */
export interface Diagnostic {
  readonly policyName: string;
  readonly policyPackName: string;
  readonly policyPackVersion: string;
  readonly description: string;
  readonly message: string;
  readonly urn: string | undefined;
  readonly enforcementLevel: Level;
  readonly severity: Policy["severity"];
}

type Properties = Record<string, unknown>;

const { deserializeProperties } = deserialize as unknown as {
  readonly deserializeProperties: (properties: Struct, secrets: boolean) => Properties;
};
const { unknownCheckingProxy } = proxy as unknown as {
  readonly unknownCheckingProxy: (properties: Properties) => Properties;
};

export const { makeAnalyzerInfo, makeAnalyzeResponse, convertEnforcementLevel } = protoutil as unknown as {
  readonly makeAnalyzerInfo: (
    name: string,
    version: string,
    level: Level,
    pack: Pick<PolicyPackArgs, "policies">,
  ) => AnalyzerInfo;
  readonly makeAnalyzeResponse: (diagnostics: readonly Diagnostic[]) => AnalyzeResponse;
  readonly convertEnforcementLevel: (level: number) => Level;
};

export const { version: SDK_VERSION } = versions as unknown as { readonly version: string };

/** Properties as rules get them: secrets in clear, and whoever touches what is not known yet gets an error. */
export const propertiesOf = (properties: Struct | undefined): Properties =>
  unknownCheckingProxy(properties === undefined ? {} : deserializeProperties(properties, false));
