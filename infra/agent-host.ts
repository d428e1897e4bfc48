import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AgentEnvironment } from "../runtime/contract/environment.ts";
import { platformNames } from "../runtime/contract/names.ts";
import { after } from "../tenants/after.ts";
import { AgentImage } from "./agent-image.ts";
import * as documents from "./documents/agent-roles.ts";
import type { Placement } from "./network.ts";
import type { FunctionDefaults } from "./platform-function.ts";
import type { Settings } from "./settings.ts";

export interface AgentHostArgs {
  readonly functions: FunctionDefaults;
  readonly settings: Settings;
  /** Where the container is put; without it, on AgentCore's own network. */
  readonly placement: Placement | undefined;
  readonly userPoolId: pulumi.Input<string>;
  /** App clients whose access tokens AgentCore lets through. */
  readonly clientIds: pulumi.Input<pulumi.Input<string>[]>;
  readonly environment: { readonly [Key in keyof AgentEnvironment]: pulumi.Input<string> };
  /** The project's folder. */
  readonly root: string;
}

/** Name of the endpoint that clients call; beside it AgentCore has one of its own, `DEFAULT`, which is the latest version always. */
const ENDPOINT = "live";

/** The agent on Bedrock AgentCore: its image, and a runtime that lets in nobody without a token of the user pool. */
export class AgentHost extends pulumi.ComponentResource {
  readonly runtimeArn: pulumi.Output<string>;

  constructor(name: string, args: AgentHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:AgentHost", name, {}, opts);
    const { functions, settings, placement } = args;
    const { place, keyArn } = functions;
    const names = platformNames(place);
    const inside = { parent: this };
    const tags = documents.agentTags(place);

    const boundary = new aws.iam.Policy(
      `${name}-boundary`,
      { name: names.agentBoundaryName, policy: documents.agentBoundary(place) },
      inside,
    );
    const image = new AgentImage(
      `${name}-image`,
      { functions, settings, boundaryArn: boundary.arn, root: args.root },
      inside,
    );
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        name: names.agentRoleName,
        assumeRolePolicy: documents.agentTrust(place),
        permissionsBoundary: boundary.arn,
      },
      inside,
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-policy`,
      { name: "agent", role: role.name, policy: documents.agentPolicy(place) },
      inside,
    );
    new aws.bedrock.AgentcoreWorkloadIdentity(`${name}-identity`, { name: names.agentIdentity }, inside);
    const runtime = new aws.bedrock.AgentcoreAgentRuntime(
      `${name}-runtime`,
      {
        agentRuntimeName: names.agentRuntime,
        description: "Answers questions of tenants' users",
        agentRuntimeArtifact: { containerConfiguration: { containerUri: image.uri } },
        roleArn: after(role.arn, policy),
        networkConfiguration: placement
          ? {
              networkMode: "VPC",
              networkModeConfig: {
                subnets: placement.subnetIds,
                securityGroups: placement.securityGroupIds,
              },
            }
          : { networkMode: "PUBLIC" },
        authorizerConfiguration: {
          customJwtAuthorizer: {
            discoveryUrl: pulumi.interpolate`https://cognito-idp.${place.region}.amazonaws.com/${args.userPoolId}/.well-known/openid-configuration`,
            // Cognito's access tokens have no audience; the client says whom they are for.
            allowedClients: args.clientIds,
          },
        },
        // The agent asks the broker with the caller's own token: AgentCore's word for who calls is not taken.
        requestHeaderConfiguration: { requestHeaderAllowlists: ["Authorization"] },
        protocolConfiguration: { serverProtocol: "HTTP" },
        environmentVariables: { AWS_REGION: place.region, ...args.environment },
        tags,
      },
      { parent: this, deleteBeforeReplace: true },
    );
    const endpoint = new aws.bedrock.AgentcoreAgentRuntimeEndpoint(
      `${name}-endpoint`,
      {
        agentRuntimeId: runtime.agentRuntimeId,
        agentRuntimeVersion: runtime.agentRuntimeVersion,
        name: ENDPOINT,
        tags,
      },
      { parent: this, deleteBeforeReplace: true },
    );
    // Made before the first line is written, or AgentCore would make them: kept for ever, and not under the key.
    for (const qualifier of [ENDPOINT, "DEFAULT"])
      new aws.cloudwatch.LogGroup(
        `${name}-log-${qualifier.toLowerCase()}`,
        {
          name: runtime.agentRuntimeId.apply((id) => names.agentLogGroup(id, qualifier)),
          retentionInDays: settings.logRetentionDays,
          kmsKeyId: keyArn,
        },
        inside,
      );
    this.runtimeArn = after(runtime.agentRuntimeArn, endpoint);
    this.registerOutputs({ runtimeArn: this.runtimeArn });
  }
}
