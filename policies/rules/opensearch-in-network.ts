import { control } from "../support/control.ts";

export const opensearchInNetwork = control({
  name: "opensearch-in-network",
  description: "OpenSearch domains have no address on the internet.",
  severity: "critical",
  remediation: "Set vpcOptions with subnets and security groups.",
  controls: ["OpenSearch.2"],
  of: ["aws:opensearch/domain:Domain"],
  notLocal: true,
  judge: (domain) => {
    domain.refers("vpcOptions.subnetIds", "has an address on the internet: no subnets");
  },
});
