import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { platformNames } from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import type { Api } from "./api.ts";
import { ConsoleBucket } from "./edge/console-bucket.ts";
import { Distribution } from "./edge/distribution.ts";
import { Firewall } from "./edge/firewall.ts";
import { OriginSecret } from "./edge/origin-secret.ts";
import { ACCESS_LOG_FIELDS, EDGE_REGION, edgeKeyPolicy } from "./documents/edge.ts";
import { apiRules, edgeRules } from "./documents/web-acl.ts";
import type { FunctionDefaults } from "./platform-function.ts";
import type { Settings } from "./settings.ts";

export interface EdgeArgs {
  readonly functions: FunctionDefaults;
  readonly settings: Settings;
  readonly api: Api;
}

/** What clients meet: CloudFront before console and API, a firewall before each of the two, and nothing that goes around them. */
export class Edge extends pulumi.ComponentResource {
  /** `https://…`, of the console and, with `/v1/…`, of the API. */
  readonly url: pulumi.Output<string>;
  /** The bucket of the console's files. */
  readonly consoleBucket: pulumi.Output<string>;
  readonly distributionId: pulumi.Output<string>;
  readonly #args: EdgeArgs;
  readonly #name: string;

  constructor(name: string, args: EdgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Edge", name, {}, opts);
    this.#args = args;
    this.#name = name;
    const { settings, api, functions } = args;
    const { place } = functions;
    const names = platformNames(place);
    const inside = { parent: this };
    const keyArn = this.#key();
    const firewall = new Firewall(
      `${name}-firewall`,
      {
        place: { ...place, region: EDGE_REGION },
        of: "edge",
        rules: edgeRules(settings.requestsPerAddress),
        otherwise: "allow",
        keyArn,
        logRetentionDays: settings.logRetentionDays,
        otherLogGroups: [names.edgeLogGroup],
      },
      inside,
    );
    const secret = new OriginSecret(
      "origin-secret",
      { functions, deploymentRoleArns: settings.deploymentRoleArns },
      inside,
    );
    const files = new ConsoleBucket(`${name}-console`, { place }, inside);
    const distribution = new Distribution(
      name,
      {
        place,
        settings,
        webAclArn: firewall.arn,
        consoleDomain: files.domain,
        apiId: api.apiId,
        stageName: api.stageName,
        originSecret: secret.value,
      },
      inside,
    );
    files.admit(distribution.arn);
    secret.schedule(distribution.distributionId);
    this.#admitOnlyEdge(secret.ruleGroupArn, distribution);
    this.#logAccess(distribution.arn, firewall.arn, keyArn);
    this.url = pulumi.interpolate`https://${distribution.host}`;
    this.consoleBucket = files.bucket;
    this.distributionId = distribution.distributionId;
    this.registerOutputs({
      url: this.url,
      consoleBucket: this.consoleBucket,
      distributionId: this.distributionId,
    });
  }

  /** Logs of CloudFront and of its firewall are in us-east-1, and so is their key. */
  #key(): pulumi.Output<string> {
    const { functions, settings } = this.#args;
    const { place } = functions;
    const key = new aws.kms.Key(
      `${this.#name}-key`,
      {
        region: EDGE_REGION,
        description: `Logs of the edge of bulkhead ${place.environment}`,
        policy: edgeKeyPolicy(place, settings.deploymentRoleArns),
        enableKeyRotation: true,
        deletionWindowInDays: 30,
      },
      { parent: this, protect: settings.protectTenants },
    );
    const alias = new aws.kms.Alias(
      `${this.#name}-key-alias`,
      { region: EDGE_REGION, name: platformNames(place).edgeKeyAlias, targetKeyId: key.keyId },
      { parent: this },
    );
    return after(key.arn, alias);
  }

  /** From here on the stage's own address answers nobody else: so the distribution comes first. */
  #admitOnlyEdge(ruleGroupArn: pulumi.Output<string>, distribution: Distribution): void {
    const { functions, settings, api } = this.#args;
    const { place } = functions;
    const firewall = new Firewall(
      `${this.#name}-api-firewall`,
      {
        place,
        of: "api",
        // The group's ARN alone is unknown before deployment: what the rules are is to be seen in a preview.
        rules: apiRules(place, ruleGroupArn, settings.requestsPerAddress),
        otherwise: "block",
        keyArn: functions.keyArn,
        logRetentionDays: settings.logRetentionDays,
      },
      { parent: this },
    );
    new aws.wafv2.WebAclAssociation(
      `${this.#name}-api-association`,
      { resourceArn: api.stageArn, webAclArn: firewall.arn },
      { parent: this, dependsOn: [distribution] },
    );
  }

  /** CloudFront's access log, without query strings, cookies and tokens. */
  #logAccess(
    distributionArn: pulumi.Output<string>,
    firewallArn: pulumi.Output<string>,
    keyArn: pulumi.Output<string>,
  ): void {
    const { functions, settings } = this.#args;
    const names = platformNames(functions.place);
    const inside = { parent: this };
    const region = EDGE_REGION;
    const logs = new aws.cloudwatch.LogGroup(
      `${this.#name}-access-logs`,
      { region, name: names.edgeLogGroup, retentionInDays: settings.logRetentionDays, kmsKeyId: keyArn },
      inside,
    );
    const source = new aws.cloudwatch.LogDeliverySource(
      `${this.#name}-access-log-source`,
      { region, name: names.edge, logType: "ACCESS_LOGS", resourceArn: distributionArn },
      inside,
    );
    const destination = new aws.cloudwatch.LogDeliveryDestination(
      `${this.#name}-access-log-destination`,
      {
        region,
        name: names.edge,
        outputFormat: "json",
        // The firewall's policy lets delivery write here as well.
        deliveryDestinationConfiguration: {
          destinationResourceArn: pulumi.all([logs.arn, firewallArn]).apply(([arn]) => arn),
        },
      },
      inside,
    );
    new aws.cloudwatch.LogDelivery(
      `${this.#name}-access-log`,
      {
        region,
        deliverySourceName: source.name,
        deliveryDestinationArn: destination.arn,
        recordFields: [...ACCESS_LOG_FIELDS],
      },
      inside,
    );
  }
}
