/** Which resource types do more than exist. */
import type { Behaviour, Behaviours } from "../behaviour.ts";
import { apigateway } from "./apigateway.ts";
import { agentcore } from "./agentcore.ts";
import { bedrock } from "./bedrock.ts";
import { cloudtrail } from "./cloudtrail.ts";
import { cloudfront } from "./cloudfront.ts";
import { cloudwatch } from "./cloudwatch.ts";
import { cognito } from "./cognito.ts";
import { dynamodb } from "./dynamodb.ts";
import { ec2 } from "./ec2.ts";
import { iam } from "./iam.ts";
import { kms } from "./kms.ts";
import { lambda } from "./lambda.ts";
import { models } from "./models.ts";
import { opensearch } from "./opensearch.ts";
import { rds } from "./rds.ts";
import { s3 } from "./s3.ts";
import { sns } from "./sns.ts";
import { sqs } from "./sqs.ts";
import { wafv2 } from "./wafv2.ts";

/** By type token. A type that is not here exists, and does nothing more. */
export const behaviours: Behaviours = {
  ...apigateway,
  ...agentcore,
  ...bedrock,
  ...models,
  ...cloudtrail,
  ...cloudfront,
  ...cloudwatch,
  ...cognito,
  ...dynamodb,
  ...ec2,
  ...iam,
  ...kms,
  ...lambda,
  ...opensearch,
  ...rds,
  ...s3,
  ...sns,
  ...sqs,
  ...wafv2,
};

const none: Behaviour = {};

export function behaviour(token: string): Behaviour {
  return behaviours[token] ?? none;
}
