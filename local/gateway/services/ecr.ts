/** Amazon ECR: DescribeImages. Source: Amazon ECR API reference, 2015-09-21. */
import { z } from "zod";
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import { AwsError, type Call, type Gateway, type Service } from "../contract.ts";
import { resourceTags } from "./bedrock-model-ids.ts";
import { imagesOf, REPOSITORY } from "./images.ts";
import { jsonReply, operationOf, readInput } from "./json-rpc.ts";

const Input = z.strictObject({
  repositoryName: z.string().min(2).max(256),
  registryId: z.literal(LOCAL_ACCOUNT).optional(),
  imageIds: z
    .array(z.strictObject({ imageTag: z.string().optional(), imageDigest: z.string().optional() }))
    .min(1)
    .max(100),
});

export const repositoryArn = (name: string): string =>
  `arn:${LOCAL_PARTITION}:ecr:${LOCAL_REGION}:${LOCAL_ACCOUNT}:repository/${name}`;

export function createEcrService(gateway: Gateway): Service {
  return {
    serves: (call) => call.service === "ecr",
    handle: (call) => Promise.resolve(jsonReply(call, describeImages(gateway, call))),
  };
}

function describeImages(gateway: Gateway, call: Call): object {
  operationOf(call, "AmazonEC2ContainerRegistry_V20150921.", ["DescribeImages"]);
  const { repositoryName, imageIds } = readInput(call, Input);
  const repository = gateway.account.resource(REPOSITORY, repositoryName);
  gateway.authorize(call, {
    action: "ecr:DescribeImages",
    resource: repositoryArn(repositoryName),
    context: resourceTags(repository),
  });
  if (!repository)
    throw new AwsError(
      "RepositoryNotFoundException",
      `The repository with name '${repositoryName}' does not exist in the registry with id '${LOCAL_ACCOUNT}'`,
    );
  const images = imagesOf(gateway.account, repositoryName);
  return {
    imageDetails: imageIds.map(({ imageTag, imageDigest }) => {
      const image = images.find({
        ...(imageTag !== undefined && { tag: imageTag }),
        ...(imageDigest !== undefined && { digest: imageDigest }),
      });
      if (!image)
        throw new AwsError(
          "ImageNotFoundException",
          `The image with imageId {imageDigest:'${imageDigest ?? "null"}', imageTag:'${imageTag ?? "null"}'} does not exist within the repository with name '${repositoryName}'`,
        );
      return {
        registryId: LOCAL_ACCOUNT,
        repositoryName,
        imageDigest: image.digest,
        imageTags: [image.tag],
        imagePushedAt: Date.parse(image.pushed) / 1000,
      };
    }),
  };
}
