import { control } from "../support/control.ts";

export const opensearchLogs = control({
  name: "opensearch-logs",
  description: "OpenSearch domains log errors and who reads what.",
  severity: "medium",
  remediation: "Publish ES_APPLICATION_LOGS and AUDIT_LOGS to log groups (logPublishingOptions).",
  controls: ["OpenSearch.4", "OpenSearch.5"],
  of: ["aws:opensearch/domain:Domain"],
  judge: (domain) => {
    const count = domain.keys("logPublishingOptions");
    if (!count.known) {
      domain.fault("not proven: logPublishingOptions is not known before deployment");
      return;
    }
    const published = new Set<unknown>();
    for (const index of count.value) {
      const { value: type } = domain.known(`logPublishingOptions.${index}.logType`) ?? {};
      const enabled = domain.known(`logPublishingOptions.${index}.enabled`);
      if (enabled?.value !== false) published.add(type);
    }
    for (const type of ["ES_APPLICATION_LOGS", "AUDIT_LOGS"])
      if (!published.has(type)) domain.fault(`does not publish ${type}`);
  },
});
