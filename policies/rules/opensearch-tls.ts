import { control, isTrue, oneOf } from "../support/control.ts";

const LATEST = ["Policy-Min-TLS-1-2-PFS-2023-10", "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08"];

export const opensearchTls = control({
  name: "opensearch-tls",
  description: "OpenSearch domains take TLS of the latest policy only.",
  severity: "medium",
  remediation:
    "Set domainEndpointOptions: enforceHttps, and tlsSecurityPolicy Policy-Min-TLS-1-2-PFS-2023-10 or later.",
  controls: ["OpenSearch.8"],
  of: ["aws:opensearch/domain:Domain"],
  judge: (domain) => {
    domain.must("domainEndpointOptions.enforceHttps", isTrue, "takes requests in clear");
    domain.must(
      "domainEndpointOptions.tlsSecurityPolicy",
      oneOf(...LATEST),
      "takes old versions of TLS, or ciphers without forward secrecy",
    );
  },
});
