import { ENVIRONMENT_TAG, platformNames, type Place } from "../../runtime/contract/names.ts";
import { arns, onlyOverTls, policy, serviceTrust, type Statement } from "../../tenants/documents/policy.ts";
import { WRITE_TRACES } from "./function-roles.ts";

/** AgentCore runs the agent as its role: for this account's runtimes, not at another's bidding. */
export function agentTrust(place: Place): string {
  return serviceTrust(
    place.account,
    "bedrock-agentcore.amazonaws.com",
    arns(place).regional("bedrock-agentcore", "*"),
  );
}

/**
 * What the agent does as itself: asks the broker, and what AgentCore needs to run it. Whatever of a tenant's it reads, it reads with the
 * credentials that the broker gave for a user's token.
 */
export function agentPolicy(place: Place): string {
  return policy(...agentDuties(place));
}

function agentDuties(place: Place): readonly Statement[] {
  const names = platformNames(place);
  const { regional } = arns(place);
  const identities = "workload-identity-directory/default";
  return [
    {
      Sid: "AskBroker",
      Effect: "Allow",
      Action: "lambda:InvokeFunction",
      Resource: names.functionArn("broker"),
    },
    {
      Sid: "PullImage",
      Effect: "Allow",
      Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Resource: names.agentRepositoryArn,
    },
    REGISTRY_TOKEN,
    {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      Resource: [names.agentLogGroupArns, `${names.agentLogGroupArns}:*`],
    },
    {
      Sid: "FindLogs",
      Effect: "Allow",
      Action: "logs:DescribeLogGroups",
      Resource: regional("logs", "log-group:*"),
    },
    WRITE_TRACES,
    {
      Sid: "OwnIdentity",
      Effect: "Allow",
      Action: ["bedrock-agentcore:GetWorkloadAccessToken", "bedrock-agentcore:GetWorkloadAccessTokenForJWT"],
      Resource: [
        regional("bedrock-agentcore", identities),
        regional("bedrock-agentcore", `${identities}/workload-identity/${names.agentIdentity}`),
        // The one that AgentCore itself makes for a runtime ends in a generated id.
        regional("bedrock-agentcore", `${identities}/workload-identity/${names.agentRuntime}-*`),
      ],
    },
  ];
}

/** CodeBuild builds the image as its role, for this one project. */
export function buildTrust(place: Place): string {
  return serviceTrust(place.account, "codebuild.amazonaws.com", platformNames(place).agentBuildArn);
}

/** Reads the context, pushes the image, writes its log. */
export function buildPolicy(place: Place): string {
  return policy(...buildDuties(place));
}

function buildDuties(place: Place): readonly Statement[] {
  const names = platformNames(place);
  const arn = arns(place);
  return [
    {
      Sid: "ReadContext",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: arn.s3(`${names.buildBucket}/*`),
    },
    {
      Sid: "DecryptContext",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: arn.anyKey,
      Condition: {
        StringEquals: { "kms:ViaService": arn.viaS3 },
        "ForAnyValue:StringEquals": { "kms:ResourceAliases": names.platformKeyAlias },
      },
    },
    {
      Sid: "PushImage",
      Effect: "Allow",
      Action: [
        "ecr:BatchCheckLayerAvailability",
        "ecr:CompleteLayerUpload",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
      ],
      Resource: names.agentRepositoryArn,
    },
    REGISTRY_TOKEN,
    {
      Sid: "WriteBuildLog",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: arn.regional("logs", `log-group:${names.agentBuildLogGroup}:*`),
    },
  ];
}

/** The boundary of both roles: what either does, no tenant's data, no policy. */
export function agentBoundary(place: Place): string {
  const context = arns(place).s3(`${platformNames(place).buildBucket}/*`);
  return policy(
    // Sids are unique in a document: the token is in both.
    ...[...agentDuties(place), ...buildDuties(place).filter((each) => each !== REGISTRY_TOKEN)],
    { Sid: "NeverOtherObjects", Effect: "Deny", Action: "s3:*", NotResource: context },
    {
      Sid: "NeverChangePolicies",
      Effect: "Deny",
      Action: [
        "iam:*",
        "sts:AssumeRole",
        "s3:Put*",
        "s3:Delete*",
        "kms:CreateGrant",
        "kms:PutKeyPolicy",
        "ecr:*Policy",
      ],
      Resource: "*",
    },
  );
}

/** A login to the registry; it has no narrower resource, and opens what the rest of the policy names. */
const REGISTRY_TOKEN: Statement = {
  Sid: "RegistryToken",
  Effect: "Allow",
  Action: "ecr:GetAuthorizationToken",
  Resource: "*",
};

/** Only this account, and of it only who has a business with images; a policy of a repository names no resource. */
export function repositoryPolicy(place: Place): string {
  return policy({
    Sid: "OnlyThisAccount",
    Effect: "Deny",
    Principal: "*",
    Action: "ecr:*",
    Condition: {
      StringNotEquals: { "aws:PrincipalAccount": place.account },
      // AgentCore pulls as the agent's role; services that scan come as themselves.
      Bool: { "aws:PrincipalIsAWSService": "false" },
    },
  });
}

/** Keeps the images of the latest builds, which is what there may be a way back to. */
export function lifecyclePolicy(): string {
  return JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        description: "The latest images are kept; an agent that runs is among them",
        selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 20 },
        action: { type: "expire" },
      },
    ],
  });
}

/** The context of builds is code, for the project's role alone to read. */
export function buildBucketPolicy(place: Place): string {
  const bucket = arns(place).s3(platformNames(place).buildBucket);
  return policy(onlyOverTls(bucket));
}

/** Tags of what the agent's hosting is made of. */
export const agentTags = ({ environment }: Place) => ({ [ENVIRONMENT_TAG]: environment });
