import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { DomainAuditInput } from "../runtime/contract/admin-payloads.ts";
import { platformNames, tenantPatterns } from "../runtime/contract/names.ts";
import { PLATFORM_PARTITION, type DomainItem } from "../runtime/contract/registry.ts";
import { after } from "../tenants/after.ts";
import { dynamoDbJson } from "../tenants/registry-item.ts";
import { deadLetters } from "./dead-letters.ts";
import type { Placement } from "./network.ts";
import { PlatformFunction, type FunctionDefaults } from "./platform-function.ts";
import type { Settings } from "./settings.ts";
import { SharedDomain } from "./shared-domain.ts";

export interface PoolPlatformArgs {
  readonly functions: FunctionDefaults;
  readonly registryTable: pulumi.Input<string>;
  readonly settings: Settings;
  readonly keyArn: pulumi.Input<string>;
  /** The function that administers the domain. */
  readonly searchAdminFunction: pulumi.Input<string>;
  /** Where the domain is; without it, on the internet. */
  readonly placement: Placement | undefined;
}

/** What pool tenants share: the OpenSearch domain, and the function that ingests their documents. */
export class PoolPlatform extends pulumi.ComponentResource {
  /** The domain's `https://` address, known once its access policy is in force and the admin function can find it. */
  readonly endpoint: pulumi.Output<string>;
  /** Known once S3 may invoke it. */
  readonly ingestFunctionArn: pulumi.Output<string>;

  constructor(name: string, args: PoolPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:PoolPlatform", name, {}, opts);
    const { functions, settings, placement } = args;
    const { place } = functions;
    const names = platformNames(place);
    const inside = { parent: this };
    const domain = new SharedDomain(
      `${name}-domain`,
      { place, settings, placement, keyArn: args.keyArn },
      inside,
    );

    // For the admin function, to which no API in the network tells it.
    const whereabouts = new aws.dynamodb.TableItem(
      `${name}-domain-item`,
      {
        tableName: args.registryTable,
        hashKey: "tenant_id",
        rangeKey: "record",
        item: domain.endpoint.apply((endpoint) =>
          dynamoDbJson({
            tenant_id: PLATFORM_PARTITION,
            record: "domain",
            name: names.domain,
            endpoint,
          } satisfies DomainItem),
        ),
      },
      inside,
    );

    const audit: DomainAuditInput = {
      kind: "domain-audit",
      name: names.domain,
      body: { domain: names.domain },
      revision: "1",
    };
    new aws.lambda.Invocation(
      `${name}-domain-audit`,
      {
        functionName: after(pulumi.output(args.searchAdminFunction), whereabouts),
        input: JSON.stringify(audit),
        lifecycleScope: "CRUD",
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
    const { config: onFailure } = deadLetters(
      { queue: `${name}-dead-letters`, config: `${name}-ingest-failures` },
      { place, fn: "ingest", functionName: ingest.functionName, retries: 2 },
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

    this.endpoint = after(domain.endpoint, whereabouts);
    this.ingestFunctionArn = after(ingest.arn, permission, onFailure);
    this.registerOutputs({ endpoint: this.endpoint, ingestFunctionArn: this.ingestFunctionArn });
  }
}
