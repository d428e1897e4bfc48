import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  platformNames,
  type AsyncFunctionName,
  type FunctionName,
  type Place,
} from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import { EncryptedBucket } from "../tenants/bucket.ts";
import {
  alarmTopicPolicy,
  auditBucketPolicy,
  eventSelectors,
  trailPolicy,
  trailTrust,
  watched,
} from "./documents/audit.ts";
import { dashboard } from "./documents/dashboard.ts";
import type { Settings } from "./settings.ts";

export interface AuditArgs {
  readonly place: Place;
  readonly settings: Settings;
  readonly keyArn: pulumi.Input<string>;
  /** Functions that the stack has; each failure of one is an alarm. */
  readonly functions: readonly FunctionName[];
  /** Functions whose failed events wait in a queue, each queue with an alarm. */
  readonly deadLetters: readonly AsyncFunctionName[];
}

/** Who did what, kept where nobody can delete it before its time, and alarms on what should not happen. */
export class Audit extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;
  readonly #args: AuditArgs;
  readonly #name: string;

  constructor(name: string, args: AuditArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Audit", name, {}, opts);
    this.#args = args;
    this.#name = name;
    const { place, settings } = args;
    const names = platformNames(place);
    const inside = { parent: this };
    const topic = new aws.sns.Topic(
      `${name}-alarms`,
      { name: names.alarmTopic, kmsMasterKeyId: args.keyArn, policy: alarmTopicPolicy(place) },
      inside,
    );
    this.topicArn = topic.arn;
    if (settings.alarmEmail !== "") {
      new aws.sns.TopicSubscription(
        `${name}-alarms-by-mail`,
        { topic: topic.arn, protocol: "email", endpoint: settings.alarmEmail },
        inside,
      );
    }
    const logs = this.#trail();
    for (const each of watched(place, settings.deploymentRoleArns)) this.#watch(each.about, each, logs);
    this.#alarms();
    new aws.cloudwatch.Dashboard(
      `${name}-dashboard`,
      { dashboardName: names.dashboard, dashboardBody: dashboard(place, args.functions) },
      inside,
    );
    new aws.budgets.Budget(
      `${name}-budget`,
      {
        name: names.budget,
        budgetType: "COST",
        timeUnit: "MONTHLY",
        limitUnit: "USD",
        limitAmount: String(settings.monthlyBudgetUsd),
        notifications: [
          { type: "ACTUAL", threshold: 80 },
          { type: "FORECASTED", threshold: 100 },
        ].map(({ type, threshold }) => ({
          notificationType: type,
          comparisonOperator: "GREATER_THAN",
          threshold,
          thresholdType: "PERCENTAGE",
          subscriberSnsTopicArns: [topic.arn],
        })),
      },
      inside,
    );
    this.registerOutputs({ topicArn: this.topicArn });
  }

  /** @returns name of the log group in which the trail's events can be filtered */
  #trail(): pulumi.Output<string> {
    const { place, settings, keyArn } = this.#args;
    const name = this.#name;
    const names = platformNames(place);
    const inside = { parent: this };
    const bucket = new EncryptedBucket(
      `${name}-files`,
      {
        bucket: names.auditBucket,
        keyArn,
        policy: auditBucketPolicy(place),
        tags: {},
        protect: settings.protectTenants,
        lock: {
          days: settings.auditRetentionDays,
          mode: settings.protectTenants ? "COMPLIANCE" : "GOVERNANCE",
        },
      },
      inside,
    );
    const logs = new aws.cloudwatch.LogGroup(
      `${name}-logs`,
      { name: names.trailLogGroup, retentionInDays: settings.logRetentionDays, kmsKeyId: keyArn },
      inside,
    );
    const role = new aws.iam.Role(
      `${name}-role`,
      { name: names.trailRoleName, assumeRolePolicy: trailTrust(place) },
      inside,
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-role-policy`,
      { name: "trail", role: role.name, policy: trailPolicy(place) },
      inside,
    );
    new aws.cloudtrail.Trail(
      `${name}-trail`,
      {
        name: names.trail,
        s3BucketName: bucket.ready,
        kmsKeyId: keyArn,
        cloudWatchLogsGroupArn: pulumi.interpolate`${logs.arn}:*`,
        cloudWatchLogsRoleArn: after(role.arn, policy),
        enableLogFileValidation: true,
        includeGlobalServiceEvents: true,
        isMultiRegionTrail: true,
        advancedEventSelectors: eventSelectors(place).map(({ name: about, fieldSelectors }) => ({
          name: about,
          fieldSelectors: fieldSelectors.map(({ field, equals, startsWiths, notStartsWiths }) => ({
            field,
            ...(equals ? { equals: [...equals] } : {}),
            ...(startsWiths ? { startsWiths: [...startsWiths] } : {}),
            ...(notStartsWiths ? { notStartsWiths: [...notStartsWiths] } : {}),
          })),
        })),
      },
      { parent: this, protect: settings.protectTenants },
    );
    return logs.name;
  }

  /** An alarm at the first event that a pattern finds. */
  #watch(
    about: string,
    { pattern, description }: { readonly pattern: string; readonly description: string },
    logGroupName: pulumi.Input<string>,
  ): void {
    const names = platformNames(this.#args.place);
    const metric = { namespace: names.metricNamespace, name: about };
    const filter = new aws.cloudwatch.LogMetricFilter(
      `${this.#name}-${about}`,
      {
        name: names.alarm(about),
        logGroupName,
        pattern,
        metricTransformation: { ...metric, value: "1", defaultValue: "0" },
      },
      { parent: this },
    );
    this.#alarm(about, description, { ...metric, dependsOn: filter });
  }

  #alarms(): void {
    const { place, functions, deadLetters } = this.#args;
    const names = platformNames(place);
    for (const fn of functions) {
      this.#alarm(`${fn}-errors`, `Function ${fn} failed.`, {
        namespace: "AWS/Lambda",
        name: "Errors",
        dimensions: { FunctionName: names.functionName(fn) },
      });
    }
    this.#alarm("api-faults", "The API answered with a fault of its own (5xx).", {
      namespace: "AWS/ApiGateway",
      name: "5XXError",
      dimensions: { ApiName: names.api },
    });
    for (const fn of deadLetters) {
      this.#alarm(`${fn}-dead-letters`, `Function ${fn} failed on an event: it waits in the queue.`, {
        namespace: "AWS/SQS",
        name: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: names.deadLetters(fn) },
      });
    }
  }

  #alarm(
    about: string,
    description: string,
    metric: {
      readonly namespace: string;
      readonly name: string;
      readonly dimensions?: Readonly<Record<string, string>>;
      readonly dependsOn?: pulumi.Resource;
    },
  ): void {
    new aws.cloudwatch.MetricAlarm(
      `${this.#name}-${about}-alarm`,
      {
        name: platformNames(this.#args.place).alarm(about),
        alarmDescription: description,
        namespace: metric.namespace,
        metricName: metric.name,
        ...(metric.dimensions ? { dimensions: { ...metric.dimensions } } : {}),
        statistic: "Sum",
        period: 300,
        evaluationPeriods: 1,
        threshold: 1,
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        treatMissingData: "notBreaching",
        alarmActions: [this.topicArn],
      },
      { parent: this, ...(metric.dependsOn ? { dependsOn: metric.dependsOn } : {}) },
    );
  }
}
