import { control, oneOf } from "../support/control.ts";

export const cloudfrontViewerTls = control({
  name: "cloudfront-viewer-tls",
  description: "Clients talk to a distribution by TLS.",
  severity: "medium",
  remediation: "Set viewerProtocolPolicy of every cache behavior to redirect-to-https or https-only.",
  controls: ["CloudFront.3"],
  of: ["aws:cloudfront/distribution:Distribution"],
  judge: (distribution) => {
    for (const path of ["defaultCacheBehavior", ...distribution.items("orderedCacheBehaviors")])
      distribution.must(
        `${path}.viewerProtocolPolicy`,
        oneOf("redirect-to-https", "https-only"),
        `${path} takes requests in clear`,
      );
  },
});
