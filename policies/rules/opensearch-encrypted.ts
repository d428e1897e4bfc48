import { control, isTrue } from "../support/control.ts";

export const opensearchEncrypted = control({
  name: "opensearch-encrypted",
  description: "OpenSearch domains are encrypted at rest, under a customer managed key.",
  severity: "medium",
  remediation: "Set encryptAtRest.enabled and its kmsKeyId.",
  controls: ["OpenSearch.1"],
  of: ["aws:opensearch/domain:Domain"],
  judge: (domain) => {
    if (domain.must("encryptAtRest.enabled", isTrue, "is not encrypted at rest"))
      domain.refers("encryptAtRest.kmsKeyId", "is under a key of AWS's own: no kmsKeyId");
  },
});
