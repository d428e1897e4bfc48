import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { ENVIRONMENT_TAG, platformNames, type Place } from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import { modelLogPolicy, modelLogTrust } from "./documents/model-log.ts";
import type { Settings } from "./settings.ts";

export interface ModelsArgs {
  readonly place: Place;
  readonly settings: Settings;
  readonly boundaryArn: pulumi.Input<string>;
  /** Key of the log. */
  readonly keyArn: pulumi.Input<string>;
}

/** A guardrail as it was when this version of it was made. */
export interface Guardrail {
  readonly id: pulumi.Output<string>;
  readonly version: pulumi.Output<string>;
}

/** Kinds of content, and how sure Bedrock has to be of them; of attacks on the prompt there are none in an answer. */
const FILTERS = [
  ...["HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE"].map((type) => ({
    type,
    inputStrength: "MEDIUM",
    outputStrength: "MEDIUM",
  })),
  { type: "PROMPT_ATTACK", inputStrength: "HIGH", outputStrength: "NONE" },
];
const REVISION = createHash("sha256").update(JSON.stringify(FILTERS)).digest("hex").slice(0, 12);
/** Nobody reads it: the API says that no document answers. */
const WITHHELD = "withheld";

/** What every use of a model passes: a guardrail by its version, and, where the stack keeps an audit, a log of what was asked and answered. */
export class Models extends pulumi.ComponentResource {
  readonly guardrail: Guardrail;

  constructor(name: string, args: ModelsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Models", name, {}, opts);
    const { place } = args;
    const guardrail = new aws.bedrock.Guardrail(
      `${name}-guardrail`,
      {
        name: platformNames(place).guardrail,
        description: "What tenants ask models, and what these answer",
        blockedInputMessaging: WITHHELD,
        blockedOutputsMessaging: WITHHELD,
        contentPolicyConfig: { filtersConfigs: FILTERS },
        // Its id is generated; tenants' policies name it by this.
        tags: { [ENVIRONMENT_TAG]: place.environment },
      },
      { parent: this },
    );
    const version = new aws.bedrock.GuardrailVersion(
      `${name}-guardrail-version`,
      { guardrailArn: guardrail.guardrailArn, description: REVISION },
      // A version is the guardrail as it stands when the version is made: another content, another version.
      { parent: this, replaceOnChanges: ["description"] },
    );
    this.guardrail = { id: guardrail.guardrailId, version: version.version };
    if (!args.settings.omit.includes("audit")) this.#log(name, args);
    this.registerOutputs({ guardrailId: this.guardrail.id, guardrailVersion: this.guardrail.version });
  }

  /**
   * Prompts and answers are tenants' data: the log is under the platform's key, and readers are denied it. An account has one such
   * configuration in a region, for every caller in it.
   */
  #log(name: string, { place, settings, boundaryArn, keyArn }: ModelsArgs): void {
    const names = platformNames(place);
    const inside = { parent: this };
    const logs = new aws.cloudwatch.LogGroup(
      `${name}-log`,
      { name: names.modelLogGroup, retentionInDays: settings.logRetentionDays, kmsKeyId: keyArn },
      inside,
    );
    const role = new aws.iam.Role(
      `${name}-log-role`,
      {
        name: names.modelLogRoleName,
        assumeRolePolicy: modelLogTrust(place),
        permissionsBoundary: boundaryArn,
      },
      inside,
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-log-policy`,
      { name: "log", role: role.name, policy: modelLogPolicy(place) },
      inside,
    );
    new aws.bedrockmodel.InvocationLoggingConfiguration(
      `${name}-logging`,
      {
        loggingConfig: {
          cloudwatchConfig: { logGroupName: logs.name, roleArn: after(role.arn, policy) },
          textDataDeliveryEnabled: true,
          embeddingDataDeliveryEnabled: false,
          imageDataDeliveryEnabled: false,
          videoDataDeliveryEnabled: false,
        },
      },
      inside,
    );
  }
}
