import { Subject, control, oneOf } from "../support/control.ts";

const BUCKETS = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"];
const isAddressOf = (domain: unknown, bucket: Subject): boolean =>
  bucket.names("bucketRegionalDomainName", "bucketDomainName").includes(domain) ||
  bucket
    .names("bucket")
    .some((name) => typeof domain === "string" && domain.startsWith(`${String(name)}.s3.`));

export const cloudfrontOrigins = control({
  name: "cloudfront-origins",
  description:
    "A distribution's buckets are of this stack, and give their objects to the distribution alone.",
  severity: "high",
  remediation:
    "Take the bucket of this stack for the origin, with an aws.cloudfront.OriginAccessControl that signs always.",
  controls: ["CloudFront.12", "CloudFront.13"],
  of: ["aws:cloudfront/distribution:Distribution"],
  judge: (distribution, input) => {
    const buckets = input.stack.of(BUCKETS);
    for (const origin of distribution.items("origins")) {
      const custom = distribution.keys(`${origin}.customOriginConfig`);
      if (!custom.known) {
        distribution.fault(`not proven: ${origin}.customOriginConfig is not known before deployment`);
        continue;
      }
      if (custom.value.length > 0) continue;
      distribution.refers(`${origin}.originAccessControlId`, `${origin} is read without an access control`);
      const domain = distribution.get(`${origin}.domainName`);
      const known =
        domain.known && typeof domain.value === "string"
          ? buckets.some((bucket) => isAddressOf(domain.value, new Subject(bucket, () => undefined)))
          : (distribution.resource.propertyDependencies["origins"] ?? []).some(({ type }) =>
              BUCKETS.includes(type),
            );
      if (!known)
        distribution.fault(
          `${origin} is no bucket of this stack: whoever makes one of that name answers in its place`,
        );
    }
    for (const control of input.stack.of(["aws:cloudfront/originAccessControl:OriginAccessControl"]))
      new Subject(control, (message) => {
        distribution.fault(message);
      }).must("signingBehavior", oneOf("always"), "its access control does not sign every request");
  },
});
