import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { platformNames, tenantPatterns } from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import { domainPolicy } from "./documents/domain-policy.ts";
import type { Placement } from "./network.ts";
import { PlatformFunction, type FunctionDefaults } from "./platform-function.ts";
import { poolZones, type Settings } from "./settings.ts";

export interface PoolPlatformArgs {
  readonly functions: FunctionDefaults;
  readonly registryTable: pulumi.Input<string>;
  readonly settings: Settings;
  /** Where the domain is; without it, on the internet. */
  readonly placement: Placement | undefined;
}

/** What pool tenants share: the OpenSearch domain, and the function that ingests their documents. */
export class PoolPlatform extends pulumi.ComponentResource {
  /** The domain's `https://` address, known once its access policy is in force. */
  readonly endpoint: pulumi.Output<string>;
  /** Known once S3 may invoke it. */
  readonly ingestFunctionArn: pulumi.Output<string>;

  constructor(name: string, args: PoolPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:PoolPlatform", name, {}, opts);
    const { functions, settings, placement } = args;
    const { place } = functions;
    const names = platformNames(place);
    const inside = { parent: this };
    const zones = poolZones(settings) ?? 1;
    const domain = new aws.opensearch.Domain(
      `${name}-domain`,
      {
        domainName: names.domain,
        engineVersion: "OpenSearch_2.19",
        clusterConfig: {
          instanceType: settings.poolInstanceType,
          instanceCount: settings.poolInstanceCount,
          zoneAwarenessEnabled: zones > 1,
          ...(zones > 1 ? { zoneAwarenessConfig: { availabilityZoneCount: zones } } : {}),
        },
        ebsOptions: { ebsEnabled: true, volumeType: "gp3", volumeSize: settings.poolVolumeGiB },
        encryptAtRest: { enabled: true },
        nodeToNodeEncryption: { enabled: true },
        domainEndpointOptions: { enforceHttps: true, tlsSecurityPolicy: "Policy-Min-TLS-1-2-PFS-2023-10" },
        advancedSecurityOptions: {
          enabled: true,
          internalUserDatabaseEnabled: false,
          masterUserOptions: { masterUserArn: names.functionRoleArn("search-admin") },
        },
        // IAM sees a request's path only: an index named in the body of _bulk, _msearch or _mget would pass it by.
        advancedOptions: { "rest.action.multi.allow_explicit_index": "false" },
        ...(placement
          ? {
              vpcOptions: {
                subnetIds: placement.subnetIds.apply((ids) => ids.slice(0, zones)),
                securityGroupIds: placement.securityGroupIds,
              },
            }
          : {}),
      },
      { parent: this, protect: settings.protectTenants, deleteBeforeReplace: true },
    );
    const access = new aws.opensearch.DomainPolicy(
      `${name}-domain-policy`,
      { domainName: domain.domainName, accessPolicies: domainPolicy(place) },
      inside,
    );

    const deadLetters = new aws.sqs.Queue(
      `${name}-dead-letters`,
      {
        name: names.ingestDeadLetters,
        messageRetentionSeconds: 1_209_600, // 14 days, the most that SQS keeps
        sqsManagedSseEnabled: true,
      },
      inside,
    );
    const ingest = new PlatformFunction(
      {
        fn: "ingest",
        defaults: functions,
        environment: {
          ENVIRONMENT: place.environment,
          REGISTRY_TABLE: args.registryTable,
          BUCKET_TEMPLATE: tenantPatterns(place, "placeholder").bucket,
          INGEST_ROLE_ARN_TEMPLATE: tenantPatterns(place, "placeholder").ingestRoleArn,
          EMBEDDING_MODEL_ID: settings.embeddingModelId,
          EMBEDDING_DIMENSIONS: String(settings.embeddingDimensions),
        },
        timeout: 300,
      },
      inside,
    );
    const onFailure = new aws.lambda.FunctionEventInvokeConfig(
      `${name}-ingest-failures`,
      {
        functionName: ingest.functionName,
        maximumRetryAttempts: 2,
        destinationConfig: { onFailure: { destination: deadLetters.arn } },
      },
      inside,
    );
    // One permission for all tenants' buckets; a name in another account is not theirs, and the function checks again.
    const permission = new aws.lambda.Permission(
      `${name}-ingest-from-s3`,
      {
        action: "lambda:InvokeFunction",
        function: ingest.functionName,
        principal: "s3.amazonaws.com",
        sourceAccount: place.account,
        sourceArn: tenantPatterns(place, "any").bucketArn,
      },
      inside,
    );

    this.endpoint = after(domain.endpoint, access).apply(addressOf);
    this.ingestFunctionArn = after(ingest.arn, permission, onFailure);
    this.registerOutputs({ endpoint: this.endpoint, ingestFunctionArn: this.ingestFunctionArn });
  }
}

/** A domain reports its host without a scheme: TLS, but for the embedded account's loopback address. */
function addressOf(endpoint: string): string {
  return endpoint.startsWith("127.0.0.1:") ? `http://${endpoint}` : `https://${endpoint}`;
}
