import { ORIGIN_SECRET_HEADER } from "../../runtime/contract/edge.ts";
import { arns, platformNames, type Place } from "../../runtime/contract/names.ts";
import { keyAdministration } from "../../tenants/documents/key-policy.ts";
import { onlyOverTls, policy } from "../../tenants/documents/policy.ts";
import { CLIENT_ADDRESS_HEADER } from "./web-acl.ts";

/** Where CloudFront's firewall, logs and their key are, whatever the region of the stack. */
export const EDGE_REGION = "us-east-1";

/** The console's files, for this distribution and over TLS only. */
export function consoleBucketPolicy(place: Place, distributionArn: string): string {
  const bucket = arns(place).s3(platformNames(place).consoleBucket);
  return policy(
    {
      Sid: "Distribution",
      Effect: "Allow",
      Principal: { Service: "cloudfront.amazonaws.com" },
      Action: "s3:GetObject",
      Resource: `${bucket}/*`,
      Condition: { StringEquals: { "aws:SourceArn": distributionArn, "aws:SourceAccount": place.account } },
    },
    {
      // So that what is not there is a 404.
      Sid: "DistributionLooks",
      Effect: "Allow",
      Principal: { Service: "cloudfront.amazonaws.com" },
      Action: "s3:ListBucket",
      Resource: bucket,
      Condition: { StringEquals: { "aws:SourceArn": distributionArn, "aws:SourceAccount": place.account } },
    },
    onlyOverTls(bucket),
  );
}

/** The key of the edge's logs. */
export function edgeKeyPolicy(place: Place, deploymentRoleArns: readonly string[]): string {
  const there = { ...place, region: EDGE_REGION };
  return policy(...keyAdministration(there, deploymentRoleArns), {
    Sid: "LogGroups",
    Effect: "Allow",
    Principal: { Service: `logs.${EDGE_REGION}.amazonaws.com` },
    Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
    Resource: "*",
    Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": platformNames(there).logGroupArns } },
  });
}

/** Lets log delivery write to groups of one region: the firewall's, and CloudFront's access log. */
export function logDeliveryPolicy(place: Place, groups: readonly string[]): string {
  return policy({
    Sid: "Delivery",
    Effect: "Allow",
    Principal: { Service: "delivery.logs.amazonaws.com" },
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: groups.map((group) => arns(place).regional("logs", `log-group:${group}:*`)),
    Condition: {
      StringEquals: { "aws:SourceAccount": place.account },
      ArnLike: { "aws:SourceArn": arns(place).regional("logs", "*") },
    },
  });
}

/**
 * CloudFront's function for the API's requests. Whatever a viewer sends in its headers, the API sees the address that CloudFront
 * sees, and of the secret only what CloudFront adds.
 */
export function viewerFunction(): string {
  return [
    "function handler(event) {",
    "  var request = event.request;",
    `  delete request.headers["${ORIGIN_SECRET_HEADER}"];`,
    `  request.headers["${CLIENT_ADDRESS_HEADER}"] = { value: event.viewer.ip };`,
    "  return request;",
    "}",
    "",
  ].join("\n");
}

/** What the console may load and call: itself, the sign-in page and the agent. */
export function consolePolicy(place: Place): string {
  const signIn = `https://${platformNames(place).signInDomain}.auth.${place.region}.amazoncognito.com`;
  const agent = `https://bedrock-agentcore.${place.region}.amazonaws.com`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ${signIn} ${agent}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** The API's answers are data, which nothing renders. */
export const API_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Fields of CloudFront's access log: no query string, no cookie, no header but two that clients name themselves by. */
export const ACCESS_LOG_FIELDS = [
  "timestamp(ms)",
  "x-edge-location",
  "c-ip",
  "c-country",
  "cs-method",
  "sc-status",
  "sc-bytes",
  "cs-bytes",
  "time-taken",
  "time-to-first-byte",
  "x-edge-result-type",
  "x-edge-detailed-result-type",
  "x-edge-request-id",
  "ssl-protocol",
  "ssl-cipher",
  "cs-protocol-version",
  "cache-behavior-path-pattern",
];
