import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DOMAIN_LOGS, platformNames, type DomainLog, type Place } from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import { domainLogPolicy } from "./documents/domain-logs.ts";
import { domainPolicy } from "./documents/domain-policy.ts";
import { formerly } from "./formerly.ts";
import type { Placement } from "./network.ts";
import { poolZones, type Settings } from "./settings.ts";

export interface SharedDomainArgs {
  readonly place: Place;
  readonly settings: Settings;
  readonly keyArn: pulumi.Input<string>;
  /** Where the domain is; without it, on the internet. */
  readonly placement: Placement | undefined;
}

const LOG_TYPES: Readonly<Record<DomainLog, string>> = {
  audit: "AUDIT_LOGS",
  application: "ES_APPLICATION_LOGS",
  "slow-search": "SEARCH_SLOW_LOGS",
  "slow-index": "INDEX_SLOW_LOGS",
};

/**
 * The OpenSearch domain of the pool: nodes spread over zones, no users and passwords, the admin function's role as master.
 * OpenSearch Service takes a snapshot every hour and keeps it for 14 days, which can't be set.
 */
export class SharedDomain extends pulumi.ComponentResource {
  /** Its `https://` address, known once its access policy is in force. */
  readonly endpoint: pulumi.Output<string>;

  constructor(name: string, args: SharedDomainArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:SharedDomain", name, {}, opts);
    const { place, settings, placement } = args;
    const names = platformNames(place);
    const aliases = formerly(opts?.parent);
    const zones = poolZones(settings) ?? 1;
    const { groups, writable } = this.#logs(name, args);
    const domain = new aws.opensearch.Domain(
      name,
      {
        domainName: names.domain,
        engineVersion: "OpenSearch_2.19",
        clusterConfig: {
          instanceType: settings.poolInstanceType,
          instanceCount: settings.poolInstanceCount,
          zoneAwarenessEnabled: zones > 1,
          ...(zones > 1 ? { zoneAwarenessConfig: { availabilityZoneCount: zones } } : {}),
          ...(settings.poolMasterInstanceType === ""
            ? {}
            : {
                dedicatedMasterEnabled: true,
                dedicatedMasterCount: 3,
                dedicatedMasterType: settings.poolMasterInstanceType,
              }),
        },
        ebsOptions: { ebsEnabled: true, volumeType: "gp3", volumeSize: settings.poolVolumeGiB },
        encryptAtRest: { enabled: true, kmsKeyId: args.keyArn },
        nodeToNodeEncryption: { enabled: true },
        domainEndpointOptions: { enforceHttps: true, tlsSecurityPolicy: "Policy-Min-TLS-1-2-PFS-2023-10" },
        advancedSecurityOptions: {
          enabled: true,
          internalUserDatabaseEnabled: false,
          masterUserOptions: { masterUserArn: names.functionRoleArn("search-admin") },
        },
        // IAM sees a request's path only: an index named in the body of _bulk, _msearch or _mget would pass it by.
        advancedOptions: { "rest.action.multi.allow_explicit_index": "false" },
        logPublishingOptions: groups.map(({ kind, arn }) => ({
          logType: LOG_TYPES[kind],
          cloudwatchLogGroupArn: after(arn, writable),
        })),
        // Both restart nodes, one after the other: at night, UTC.
        offPeakWindowOptions: { enabled: true, offPeakWindow: { windowStartTime: { hours: 2, minutes: 0 } } },
        softwareUpdateOptions: { autoSoftwareUpdateEnabled: true },
        // Auto-Tune is not for instances of the T family.
        autoTuneOptions: settings.poolInstanceType.startsWith("t")
          ? { desiredState: "DISABLED" }
          : { desiredState: "ENABLED", rollbackOnDisable: "NO_ROLLBACK", useOffPeakWindow: true },
        ...(placement
          ? {
              vpcOptions: {
                subnetIds: placement.subnetIds.apply((ids) => ids.slice(0, zones)),
                securityGroupIds: placement.securityGroupIds,
              },
            }
          : {}),
      },
      {
        parent: this,
        aliases,
        protect: settings.protectTenants,
        deleteBeforeReplace: true,
        // A domain keeps the key that it was made with: another one would replace it, and all that it holds.
        ignoreChanges: ["encryptAtRest.kmsKeyId"],
      },
    );
    const access = new aws.opensearch.DomainPolicy(
      `${name}-policy`,
      { domainName: domain.domainName, accessPolicies: domainPolicy(place) },
      { parent: this, aliases },
    );
    this.endpoint = after(domain.endpoint, access).apply(addressOf);
    this.registerOutputs({ endpoint: this.endpoint });
  }

  #logs(name: string, { place, settings, keyArn }: SharedDomainArgs) {
    const names = platformNames(place);
    const groups = DOMAIN_LOGS.map((kind) => ({
      kind,
      arn: new aws.cloudwatch.LogGroup(
        `${name}-${kind}-logs`,
        {
          name: names.domainLogGroup(kind),
          retentionInDays: settings.logRetentionDays,
          kmsKeyId: keyArn,
        },
        { parent: this },
      ).arn,
    }));
    const writable = new aws.cloudwatch.LogResourcePolicy(
      `${name}-logs-policy`,
      { policyName: names.domainLogPolicy, policyDocument: domainLogPolicy(place) },
      { parent: this },
    );
    return { groups, writable };
  }
}

/** A domain reports its host without a scheme: TLS, but for the embedded account's loopback address. */
function addressOf(endpoint: string): string {
  return endpoint.startsWith("127.0.0.1:") ? `http://${endpoint}` : `https://${endpoint}`;
}
