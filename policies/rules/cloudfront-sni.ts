import { control, oneOf } from "../support/control.ts";

const isModern = (version: unknown): boolean =>
  typeof version === "string" && /^TLSv1\.[23]_20(?:19|[2-9]\d)$/.test(version);

export const cloudfrontSni = control({
  name: "cloudfront-sni",
  description: "Distributions with a certificate of their own serve it by name, by TLS 1.2 or later.",
  severity: "low",
  remediation: "Set viewerCertificate.sslSupportMethod sni-only and minimumProtocolVersion TLSv1.2_2021.",
  controls: ["CloudFront.8"],
  of: ["aws:cloudfront/distribution:Distribution"],
  judge: (distribution) => {
    const own = distribution.known("viewerCertificate.cloudfrontDefaultCertificate");
    if (own === undefined || own.value === true) return;
    distribution.must(
      "viewerCertificate.sslSupportMethod",
      oneOf("sni-only"),
      "has an address of its own for its certificate",
    );
    distribution.must("viewerCertificate.minimumProtocolVersion", isModern, "takes TLS older than 1.2");
  },
});
