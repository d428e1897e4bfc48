import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { OriginSecretRequest } from "../../runtime/contract/edge.ts";
import { platformNames } from "../../runtime/contract/names.ts";
import { after } from "../../tenants/after.ts";
import { deadLetters } from "../dead-letters.ts";
import { originSecretPolicy } from "../documents/origin-secret.ts";
import { schedulePolicy, scheduleTrust } from "../documents/schedule-role.ts";
import { visibility } from "../documents/web-acl.ts";
import { PlatformFunction, type FunctionDefaults } from "../platform-function.ts";

export interface OriginSecretArgs {
  readonly functions: FunctionDefaults;
  readonly deploymentRoleArns: readonly string[];
}

/** Capacity units: two for each value that is compared; three values at a time are the most that a rotation has. */
const CAPACITY = 20;

/**
 * What CloudFront proves itself to the API with. The value is made in AWS, by the function that rotates it; the program reads the
 * current one, as a secret, for CloudFront's header.
 */
export class OriginSecret extends pulumi.ComponentResource {
  /** A secret: known once the firewall accepts it. */
  readonly value: pulumi.Output<string>;
  readonly ruleGroupArn: pulumi.Output<string>;
  readonly #args: OriginSecretArgs;
  readonly #name: string;
  readonly #function: PlatformFunction<"origin-secret">;
  readonly #request: pulumi.Output<OriginSecretRequest>;

  constructor(name: string, args: OriginSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:OriginSecret", name, {}, opts);
    this.#args = args;
    this.#name = name;
    const { place, keyArn } = args.functions;
    const names = platformNames(place);
    const inside = { parent: this };
    const secret = new aws.secretsmanager.Secret(
      `${name}-secret`,
      {
        name: names.originSecret,
        description: "What CloudFront proves itself to the API with",
        kmsKeyId: keyArn,
        // Of no use to anybody without the stack.
        recoveryWindowInDays: 0,
      },
      inside,
    );
    const guarded = new aws.secretsmanager.SecretPolicy(
      `${name}-policy`,
      { secretArn: secret.arn, policy: originSecretPolicy(place, args.deploymentRoleArns) },
      inside,
    );
    const ruleGroup = new aws.wafv2.RuleGroup(
      `${name}-rules`,
      {
        name: names.originRuleGroup,
        scope: "REGIONAL",
        capacity: CAPACITY,
        visibilityConfig: visibility(names.originRuleGroup),
      },
      {
        parent: this,
        // The function's. The group has nothing else that changes: an update would write the rules of the last refresh.
        ignoreChanges: ["rules", "description", "tags"],
        // A refresh reads them.
        additionalSecretOutputs: ["rules"],
      },
    );
    this.#function = new PlatformFunction(
      {
        fn: "origin-secret",
        defaults: args.functions,
        environment: { ENVIRONMENT: place.environment },
        timeout: 120,
      },
      inside,
    );
    this.#request = pulumi
      .all([after(secret.name, guarded), ruleGroup.id, ruleGroup.name])
      .apply(([of, id, groupName]) => ({ secret: of, ruleGroup: { id, name: groupName } }));
    const made = new aws.lambda.Invocation(
      `${name}-first-value`,
      { functionName: this.#function.functionName, input: pulumi.jsonStringify(this.#request) },
      inside,
    );
    this.value = pulumi.secret(
      aws.secretsmanager.getSecretVersionOutput({ secretId: after(secret.id, made) }, inside).secretString,
    );
    this.ruleGroupArn = ruleGroup.arn;
    this.registerOutputs({ ruleGroupArn: this.ruleGroupArn });
  }

  /** Rotates it from now on: every hour the function takes the steps that are due. */
  schedule(distributionId: pulumi.Input<string>): void {
    const { place, boundaryArn } = this.#args.functions;
    const names = platformNames(place);
    const inside = { parent: this };
    const role = new aws.iam.Role(
      `${this.#name}-schedule-role`,
      {
        name: names.originSecretScheduleRoleName,
        assumeRolePolicy: scheduleTrust(place, names.edgeScheduleGroupArn),
        permissionsBoundary: boundaryArn,
      },
      inside,
    );
    const policy = new aws.iam.RolePolicy(
      `${this.#name}-schedule-policy`,
      { name: "run", role: role.name, policy: schedulePolicy(place, "origin-secret") },
      inside,
    );
    // It takes the same steps again an hour later: an event is tried once more only.
    const { config, queueArn } = deadLetters(
      { queue: `${this.#name}-dead-letters`, config: `${this.#name}-failures` },
      { place, fn: "origin-secret", functionName: this.#function.functionName, retries: 1 },
      inside,
    );
    const group = new aws.scheduler.ScheduleGroup(
      `${this.#name}-schedules`,
      { name: names.edgeScheduleGroup },
      inside,
    );
    new aws.scheduler.Schedule(
      `${this.#name}-schedule`,
      {
        name: names.originSecretSchedule,
        groupName: group.name,
        scheduleExpression: "rate(1 hour)",
        flexibleTimeWindow: { mode: "OFF" },
        target: {
          arn: after(this.#function.arn, config),
          roleArn: after(role.arn, policy),
          input: pulumi.jsonStringify(
            pulumi
              .all([this.#request, distributionId])
              .apply(([request, distribution]) => ({ ...request, distribution })),
          ),
          // The next hour tries again.
          retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 600 },
          deadLetterConfig: { arn: queueArn },
        },
      },
      inside,
    );
  }
}
