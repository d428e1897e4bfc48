import { control, oneOf } from "../support/control.ts";

export const cloudfrontOriginTls = control({
  name: "cloudfront-origin-tls",
  description: "CloudFront talks to other origins than buckets by TLS 1.2 or later.",
  severity: "medium",
  remediation: "Set customOriginConfig.originProtocolPolicy https-only and originSslProtocols TLSv1.2.",
  controls: ["CloudFront.9", "CloudFront.10"],
  of: ["aws:cloudfront/distribution:Distribution"],
  judge: (distribution) => {
    for (const origin of distribution.items("origins")) {
      const custom = distribution.keys(`${origin}.customOriginConfig`);
      if (custom.known && custom.value.length === 0) continue;
      distribution.must(
        `${origin}.customOriginConfig.originProtocolPolicy`,
        oneOf("https-only"),
        `${origin} is asked in clear`,
      );
      const protocols = distribution.known(`${origin}.customOriginConfig.originSslProtocols`);
      const old = ((protocols?.value ?? []) as unknown[]).filter((version) => version !== "TLSv1.2");
      if (old.length > 0) distribution.fault(`${origin} is asked by ${old.join(", ")}`);
    }
  },
});
