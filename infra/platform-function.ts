import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { FunctionEnvironments } from "../runtime/contract/environment.ts";
import {
  isAdministration,
  isPerTenant,
  platformNames,
  type FunctionName,
  type Place,
} from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import { HANDLER, RUNTIME, type Bundles } from "./bundle.ts";
import { isInside } from "./documents/doors.ts";
import { functionPolicy, functionTrust } from "./documents/function-roles.ts";
import type { Placement } from "./network.ts";

/** What all functions share. */
export interface FunctionDefaults {
  readonly place: Place;
  readonly bundles: Bundles;
  /** Of what takes part in requests, and of what administers. */
  readonly boundaryArn: pulumi.Input<string>;
  readonly administrationBoundaryArn: pulumi.Input<string>;
  /** Where those run that reach a tenant's store; without it, over Lambda's own network. */
  readonly network: Placement | undefined;
  /** Key of the functions' logs. */
  readonly keyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  /** Executions at a time that a function keeps for itself and can't exceed; one that is not here shares the account's. */
  readonly reservedConcurrency: Readonly<Partial<Record<FunctionName, number>>>;
}

export interface PlatformFunctionArgs<Fn extends FunctionName> {
  readonly fn: Fn;
  readonly defaults: FunctionDefaults;
  readonly environment: { readonly [Key in keyof FunctionEnvironments[Fn]]: pulumi.Input<string> };
  /** Seconds. @default 29, as long as API Gateway waits */
  readonly timeout?: number;
}

/** One Lambda function of the platform with a role, a bundle and a log group of its own. */
export class PlatformFunction<Fn extends FunctionName> extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly invokeArn: pulumi.Output<string>;
  readonly #fn: Fn;

  constructor(args: PlatformFunctionArgs<Fn>, opts?: pulumi.ComponentResourceOptions) {
    const { fn, defaults } = args;
    super("bulkhead:infra:PlatformFunction", fn, {}, opts);
    this.#fn = fn;
    const { place } = defaults;
    const names = platformNames(place);
    const inside = { parent: this };
    const reserved = defaults.reservedConcurrency[fn];

    const role = new aws.iam.Role(
      `${fn}-role`,
      {
        name: names.functionRoleName(fn),
        assumeRolePolicy: functionTrust(),
        permissionsBoundary: isAdministration(fn) ? defaults.administrationBoundaryArn : defaults.boundaryArn,
      },
      inside,
    );
    const policy = new aws.iam.RolePolicy(
      `${fn}-policy`,
      { name: fn, role: role.name, policy: functionPolicy(place, fn) },
      inside,
    );
    const logs = new aws.cloudwatch.LogGroup(
      `${fn}-logs`,
      {
        name: names.functionLogGroup(fn),
        retentionInDays: defaults.logRetentionDays,
        kmsKeyId: defaults.keyArn,
      },
      inside,
    );
    const lambda = new aws.lambda.Function(
      `${fn}-function`,
      {
        name: names.functionName(fn),
        role: after(role.arn, policy, logs),
        runtime: RUNTIME,
        architectures: ["arm64"],
        handler: HANDLER,
        code: new pulumi.asset.FileArchive(defaults.bundles[fn]),
        memorySize: 512,
        timeout: args.timeout ?? 29,
        environment: {
          variables: {
            ...args.environment,
            // Whose lines in the log are metrics too.
            ...(isPerTenant(fn)
              ? { POWERTOOLS_METRICS_NAMESPACE: names.metricNamespace, POWERTOOLS_SERVICE_NAME: fn }
              : {}),
          },
        },
        // Lambda's own segments; the code adds none, so that nothing of a request is in a trace.
        tracingConfig: { mode: "Active" },
        ...(isPerTenant(fn) ? { tenancyConfig: { tenantIsolationMode: "PER_TENANT" } } : {}),
        ...(reserved === undefined ? {} : { reservedConcurrentExecutions: reserved }),
        ...(isInside(fn) && defaults.network ? { vpcConfig: { ...defaults.network } } : {}),
      },
      // Two functions of one name can't be; isolation can be chosen at creation only.
      { parent: this, deleteBeforeReplace: true },
    );
    this.functionName = lambda.name;
    this.arn = lambda.arn;
    this.invokeArn = lambda.invokeArn;
    this.registerOutputs({ functionName: this.functionName, arn: this.arn, invokeArn: this.invokeArn });
  }

  /** Lets a service of AWS invoke the function, for one source. */
  allow(service: string, sourceArn: pulumi.Input<string>): aws.lambda.Permission {
    return new aws.lambda.Permission(
      `${this.#fn}-from-${service.split(".")[0] ?? service}`,
      { action: "lambda:InvokeFunction", function: this.functionName, principal: service, sourceArn },
      { parent: this },
    );
  }
}
