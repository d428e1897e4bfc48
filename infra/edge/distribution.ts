import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { API_ORIGIN, ORIGIN_SECRET_HEADER } from "../../runtime/contract/edge.ts";
import { EDGE_TAG, platformNames, type Place } from "../../runtime/contract/names.ts";
import { API_CONTENT_POLICY, consolePolicy, viewerFunction } from "../documents/edge.ts";
import { after } from "../../tenants/after.ts";
import type { Settings } from "../settings.ts";

export interface DistributionArgs {
  readonly place: Place;
  readonly settings: Settings;
  readonly webAclArn: pulumi.Input<string>;
  /** Host of the console's bucket. */
  readonly consoleDomain: pulumi.Input<string>;
  readonly apiId: pulumi.Input<string>;
  readonly stageName: string;
  /** What CloudFront proves itself to the API with; a secret. */
  readonly originSecret: pulumi.Input<string>;
}

/** AWS's own cache policies. */
const CACHED = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const NOT_CACHED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const CONSOLE_ORIGIN = "console";
const ALL_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
const YEAR_SECONDS = 31_536_000;

/** CloudFront in front of the console and, below `/v1/`, of the API. */
export class Distribution extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly distributionId: pulumi.Output<string>;
  /** Host by which clients reach it. */
  readonly host: pulumi.Output<string>;
  /** For an alias record. */
  readonly hostedZoneId: pulumi.Output<string>;

  constructor(name: string, args: DistributionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulkhead:infra:Distribution", name, {}, opts);
    const { place, settings } = args;
    const names = platformNames(place);
    const inside = { parent: this };
    const access = new aws.cloudfront.OriginAccessControl(
      `${name}-access`,
      {
        name: names.edge,
        originAccessControlOriginType: "s3",
        signingBehavior: "always",
        signingProtocol: "sigv4",
      },
      inside,
    );
    const viewer = new aws.cloudfront.Function(
      `${name}-viewer`,
      { name: names.edge, runtime: "cloudfront-js-2.0", code: viewerFunction(), publish: true },
      inside,
    );
    const forwarded = new aws.cloudfront.OriginRequestPolicy(
      `${name}-forwarded`,
      {
        name: names.edge,
        // API Gateway knows its stage by its own host name. A key of API Gateway's is for the authorizer to name, not for clients.
        headersConfig: { headerBehavior: "allExcept", headers: { items: ["host", "x-api-key"] } },
        cookiesConfig: { cookieBehavior: "none" },
        queryStringsConfig: { queryStringBehavior: "all" },
      },
      inside,
    );
    const headers = (of: "console" | "api", contentSecurityPolicy: string): pulumi.Output<string> =>
      new aws.cloudfront.ResponseHeadersPolicy(
        `${name}-${of}-headers`,
        {
          name: `${names.edge}-${of}`,
          securityHeadersConfig: {
            contentSecurityPolicy: { contentSecurityPolicy, override: true },
            contentTypeOptions: { override: true },
            frameOptions: { frameOption: "DENY", override: true },
            referrerPolicy: { referrerPolicy: "no-referrer", override: true },
            strictTransportSecurity: {
              accessControlMaxAgeSec: YEAR_SECONDS,
              includeSubdomains: true,
              override: true,
            },
          },
          removeHeadersConfig: {
            items: [
              "x-amz-apigw-id",
              "x-amzn-errortype",
              "x-amzn-trace-id",
              "x-amz-server-side-encryption",
            ].map((header) => ({ header })),
          },
        },
        inside,
      ).id;
    const own = settings.domainName !== "";
    const distribution = new aws.cloudfront.Distribution(
      `${name}-distribution`,
      {
        enabled: true,
        comment: names.edge,
        httpVersion: "http2and3",
        isIpv6Enabled: true,
        priceClass: settings.edgePriceClass,
        webAclId: args.webAclArn,
        defaultRootObject: "index.html",
        ...(own ? { aliases: [settings.domainName] } : {}),
        viewerCertificate: own
          ? {
              acmCertificateArn: settings.certificateArn,
              sslSupportMethod: "sni-only",
              minimumProtocolVersion: "TLSv1.2_2021",
            }
          : { cloudfrontDefaultCertificate: true },
        restrictions: { geoRestriction: { restrictionType: "none" } },
        origins: [
          { originId: CONSOLE_ORIGIN, domainName: args.consoleDomain, originAccessControlId: access.id },
          {
            originId: API_ORIGIN,
            domainName: pulumi.interpolate`${args.apiId}.execute-api.${place.region}.amazonaws.com`,
            originPath: `/${args.stageName}`,
            customOriginConfig: {
              httpPort: 80,
              httpsPort: 443,
              originProtocolPolicy: "https-only",
              originSslProtocols: ["TLSv1.2"],
              originReadTimeout: 30,
            },
            // Read from Secrets Manager by every deployment, not ignored: an update sends all of the distribution, and what the
            // program did not know would be gone.
            customHeaders: [{ name: ORIGIN_SECRET_HEADER, value: args.originSecret }],
          },
        ],
        defaultCacheBehavior: {
          targetOriginId: CONSOLE_ORIGIN,
          viewerProtocolPolicy: "redirect-to-https",
          allowedMethods: ["GET", "HEAD"],
          cachedMethods: ["GET", "HEAD"],
          compress: true,
          cachePolicyId: CACHED,
          responseHeadersPolicyId: headers("console", consolePolicy(place)),
        },
        orderedCacheBehaviors: [
          {
            pathPattern: "/v1/*",
            targetOriginId: API_ORIGIN,
            // A redirect would come after the token was sent in clear: such a request is refused.
            viewerProtocolPolicy: "https-only",
            allowedMethods: ALL_METHODS,
            cachedMethods: ["GET", "HEAD"],
            compress: true,
            cachePolicyId: NOT_CACHED,
            originRequestPolicyId: forwarded.id,
            responseHeadersPolicyId: headers("api", API_CONTENT_POLICY),
            functionAssociations: [{ eventType: "viewer-request", functionArn: viewer.arn }],
          },
        ],
        tags: { [EDGE_TAG]: names.edge },
      },
      { parent: this, additionalSecretOutputs: ["origins"] },
    );
    this.arn = distribution.arn;
    this.distributionId = distribution.id;
    this.host = own ? after(pulumi.output(settings.domainName), distribution) : distribution.domainName;
    this.hostedZoneId = distribution.hostedZoneId;
    this.registerOutputs({ arn: this.arn, distributionId: this.distributionId, host: this.host });
  }
}
