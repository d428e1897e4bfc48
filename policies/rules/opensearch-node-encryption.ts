import { control, isTrue } from "../support/control.ts";

export const opensearchNodeEncryption = control({
  name: "opensearch-node-encryption",
  description: "Nodes of an OpenSearch domain talk to each other by TLS.",
  severity: "medium",
  remediation: "Set nodeToNodeEncryption.enabled.",
  controls: ["OpenSearch.3"],
  of: ["aws:opensearch/domain:Domain"],
  judge: (domain) => {
    domain.must("nodeToNodeEncryption.enabled", isTrue, "is not encrypted between its nodes");
  },
});
