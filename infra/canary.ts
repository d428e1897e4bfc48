import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { CANARY_CLIENT, CANARY_TENANTS, platformNames } from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import type { MachineCredentials } from "../tenants/identity.ts";
import type { TenantSpec } from "../tenants/schema.ts";
import { deadLetters } from "./dead-letters.ts";
import { schedulePolicy, scheduleTrust } from "./documents/schedule-role.ts";
import { canarySecretPolicy } from "./documents/secret-key.ts";
import { PlatformFunction, type FunctionDefaults } from "./platform-function.ts";

export interface CanaryArgs {
  readonly functions: FunctionDefaults;
  readonly apiUrl: pulumi.Input<string>;
  readonly deploymentRoleArns: readonly string[];
  /** The client by which it is each of its tenants, by the tenant's id. */
  readonly clients: Readonly<Record<string, MachineCredentials>>;
  readonly minutes: number;
  /** Who is told when it fails or falls silent; nobody where there is no audit. */
  readonly alarmTopicArn: pulumi.Input<string> | undefined;
}

/** Lambda's longest. A round takes minutes: documents have to be ingested. */
const TIMEOUT_SECONDS = 900;

/**
 * Tries on a schedule, from outside and as two tenants that are nobody's, that the main job works and that neither reaches the other.
 * Its role asks the broker, with the tokens of those two, and reads nothing of a tenant's by itself.
 */
export class Canary extends pulumi.ComponentResource {
  constructor(name: string, args: CanaryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Canary", name, {}, opts);
    const { functions } = args;
    const { place } = functions;
    const names = platformNames(place);
    const inside = { parent: this };
    const secret = new aws.secretsmanager.Secret(
      `${name}-clients`,
      {
        name: names.canarySecret,
        description: "Machine clients of the canary's tenants",
        kmsKeyId: functions.keyArn,
        // The program can make it again at any time.
        recoveryWindowInDays: 0,
      },
      inside,
    );
    const guarded = new aws.secretsmanager.SecretPolicy(
      `${name}-clients-policy`,
      { secretArn: secret.arn, policy: canarySecretPolicy(place, args.deploymentRoleArns) },
      inside,
    );
    const version = new aws.secretsmanager.SecretVersion(
      `${name}-clients-value`,
      {
        secretId: after(secret.id, guarded),
        secretString: pulumi.secret(pulumi.jsonStringify(args.clients)),
      },
      inside,
    );
    const fn = new PlatformFunction(
      {
        fn: "canary",
        defaults: functions,
        environment: {
          ENVIRONMENT: place.environment,
          API_URL: args.apiUrl,
          SIGN_IN_DOMAIN: names.signInDomain,
          SECRET: after(secret.name, version),
        },
        timeout: TIMEOUT_SECONDS,
      },
      inside,
    );
    // A round that failed is told at once: the next one is soon.
    const { config: once, queueArn } = deadLetters(
      { queue: `${name}-dead-letters`, config: `${name}-once` },
      { place, fn: "canary", functionName: fn.functionName, retries: 0 },
      inside,
    );
    this.#schedule(name, args, after(fn.arn, once), queueArn);
    this.#alarms(name, args);
    this.registerOutputs({});
  }

  #schedule(
    name: string,
    { functions, minutes }: CanaryArgs,
    functionArn: pulumi.Output<string>,
    deadLettersArn: pulumi.Output<string>,
  ): void {
    const { place } = functions;
    const names = platformNames(place);
    const inside = { parent: this };
    const role = new aws.iam.Role(
      `${name}-schedule-role`,
      {
        name: names.canaryScheduleRoleName,
        assumeRolePolicy: scheduleTrust(place, names.scheduleGroupArn),
        permissionsBoundary: functions.boundaryArn,
      },
      inside,
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-schedule-policy`,
      { name: "run", role: role.name, policy: schedulePolicy(place, "canary") },
      inside,
    );
    const group = new aws.scheduler.ScheduleGroup(`${name}-group`, { name: names.scheduleGroup }, inside);
    new aws.scheduler.Schedule(
      `${name}-schedule`,
      {
        name: names.canarySchedule,
        groupName: group.name,
        scheduleExpression: `rate(${minutes} minutes)`,
        flexibleTimeWindow: { mode: "OFF" },
        target: {
          arn: functionArn,
          roleArn: after(role.arn, policy),
          retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
          deadLetterConfig: { arn: deadLettersArn },
        },
      },
      inside,
    );
  }

  /** That it fails, and that it does not run at all: silence is no sign of health. */
  #alarms(name: string, { functions, minutes, alarmTopicArn }: CanaryArgs): void {
    if (alarmTopicArn === undefined) return;
    const names = platformNames(functions.place);
    const alarm = (
      about: string,
      alarmDescription: string,
      metric: {
        readonly metricName: string;
        readonly period: number;
        readonly comparisonOperator: string;
        readonly treatMissingData: string;
      },
    ): aws.cloudwatch.MetricAlarm =>
      new aws.cloudwatch.MetricAlarm(
        `${name}-${about}-alarm`,
        {
          name: names.alarm(`canary-${about}`),
          alarmDescription,
          namespace: "AWS/Lambda",
          dimensions: { FunctionName: names.functionName("canary") },
          statistic: "Sum",
          evaluationPeriods: 1,
          threshold: 1,
          alarmActions: [alarmTopicArn],
          ...metric,
        },
        { parent: this },
      );
    alarm("failed", "The canary found isolation or the main job broken, or could not find out.", {
      metricName: "Errors",
      period: 300,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      treatMissingData: "notBreaching",
    });
    alarm("silent", "The canary has not run for two of its rounds.", {
      metricName: "Invocations",
      period: Math.min(2 * minutes * 60, 86_400), // CloudWatch looks back for a day at most
      comparisonOperator: "LessThanThreshold",
      treatMissingData: "breaching",
    });
  }
}

/** What an environment lacks for a canary, in words; undefined: nothing. */
export function missingForCanary(tenants: readonly TenantSpec[]): string | undefined {
  const missing = CANARY_TENANTS.filter(
    (id) =>
      !tenants.some(
        (spec) =>
          spec.id === id &&
          spec.status === "active" &&
          spec.machineClients.some(({ name }) => name === CANARY_CLIENT),
      ),
  );
  return missing.length === 0
    ? undefined
    : `no canary is scheduled: it takes ${missing.join(" and ")}, active, with a machine client named ${CANARY_CLIENT} and every scope`;
}
