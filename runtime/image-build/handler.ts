import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import { ECRClient } from "@aws-sdk/client-ecr";

import { crud } from "../shared/admin.ts";
import { clientSettings } from "../shared/aws-clients.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import { DEPENDENCIES } from "../shared/dependencies.ts";
import { readEnvironment } from "../shared/environment.ts";
import { image } from "./image.ts";

const env = process.env;
const { AWS_REGION: region } = readEnvironment("image-build", ["ENVIRONMENT"], env);
const settings = clientSettings(env, region, ownCredentials(env), DEPENDENCIES.administration);

/** Lambda ends a call after 15 minutes; a build takes 2 to 4. */
const BUILD_WAIT_SECONDS = 720;

export const handler = crud({
  image: image(
    { builds: new CodeBuildClient(settings), images: new ECRClient(settings) },
    { seconds: BUILD_WAIT_SECONDS },
  ),
});
