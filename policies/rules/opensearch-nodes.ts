import { atLeast, control, isTrue } from "../support/control.ts";

export const opensearchNodes = control({
  name: "opensearch-nodes",
  description: "OpenSearch domains have three data nodes at least, over several zones.",
  severity: "medium",
  remediation: "Set clusterConfig.instanceCount to 3 or more and zoneAwarenessEnabled.",
  controls: ["OpenSearch.6"],
  of: ["aws:opensearch/domain:Domain"],
  judge: (domain) => {
    domain.must("clusterConfig.instanceCount", atLeast(3), "has less than three data nodes");
    domain.must("clusterConfig.zoneAwarenessEnabled", isTrue, "is in one zone alone");
  },
});
