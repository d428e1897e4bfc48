/** An environment on AWS: what the stack's outputs name, with the operator's own credentials and none that take a trick. */
import { DescribeKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Place } from "../runtime/contract/names.ts";
import type { Credentials } from "./request.ts";
import { awsEndpoint, type Deployment, type Target } from "./target.ts";

export interface AwsTargetOptions {
  readonly environment: string;
  readonly region: string;
  readonly deployment: Deployment;
  /** A role with wide rights and no tenant tag, which the operator may assume. */
  readonly attackerRoleArn?: string | undefined;
}

/** How many of an operator's calls are tried: the environment may be busy. */
const ATTEMPTS = 4;

export class AwsTarget implements Target {
  readonly place: Place;
  readonly deployment: Deployment;
  readonly operator: Target["operator"];
  readonly #attackerRoleArn: string | undefined;

  private constructor(options: AwsTargetOptions, place: Place, operator: Target["operator"]) {
    this.place = place;
    this.deployment = options.deployment;
    this.operator = operator;
    this.#attackerRoleArn = options.attackerRoleArn;
  }

  /** Asks STS whose account it is. @throws Error of the SDK if there are no credentials */
  static async open(options: AwsTargetOptions): Promise<AwsTarget> {
    const { region, environment } = options;
    const sts = new STSClient({ region, maxAttempts: ATTEMPTS });
    const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
    if (Account === undefined || Arn === undefined)
      throw new Error("STS does not say whose credentials these are");
    const partition = Arn.split(":")[1] ?? "aws";
    const credentials = sts.config.credentials as () => Promise<Credentials>;
    return new AwsTarget(
      options,
      { environment, account: Account, region, partition },
      { region, credentials, maxAttempts: ATTEMPTS },
    );
  }

  endpoint(service: string): string {
    return awsEndpoint(this.place.region, service);
  }

  async outsider(): Promise<Credentials | undefined> {
    if (this.#attackerRoleArn === undefined) return undefined;
    const { Credentials: issued } = await new STSClient(this.operator).send(
      new AssumeRoleCommand({
        RoleArn: this.#attackerRoleArn,
        RoleSessionName: "bulkhead-verify",
        DurationSeconds: 3600,
      }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken } = issued ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new Error("STS issued no credentials");
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  }

  /** Roles of functions and services trust these alone, and a data role the broker: nobody else gets a session. */
  insider(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async keyArn(alias: string): Promise<string> {
    const { KeyMetadata } = await new KMSClient(this.operator).send(new DescribeKeyCommand({ KeyId: alias }));
    if (KeyMetadata?.Arn === undefined) throw new Error(`there is no key behind ${alias}`);
    return KeyMetadata.Arn;
  }
}

/** The stack's outputs, checked. @throws Error naming those that are missing */
export function deploymentOf(outputs: unknown): Deployment {
  const wanted = ["apiUrl", "userPoolId", "clientId", "membershipsTable", "usersTable"] as const;
  const given = (typeof outputs === "object" && outputs !== null ? outputs : {}) as Record<string, unknown>;
  const missing = wanted.filter((name) => typeof given[name] !== "string");
  if (missing.length > 0) throw new Error(`the stack has no output ${missing.join(", ")}: deploy it first`);
  return given as unknown as Deployment;
}
