import { control, isTrue, oneOf } from "../support/control.ts";

export const opensearchAccessControl = control({
  name: "opensearch-access-control",
  description:
    "OpenSearch domains decide on each index and document (fine-grained access control), have no users with passwords, and let no request name an index in its body.",
  severity: "critical",
  remediation:
    'Set advancedSecurityOptions.enabled with a master role, internalUserDatabaseEnabled false, and advancedOptions rest.action.multi.allow_explicit_index "false".',
  controls: ["OpenSearch.7"],
  of: ["aws:opensearch/domain:Domain"],
  judge: (domain) => {
    domain.must("advancedSecurityOptions.enabled", isTrue, "has no roles of its own");
    domain.must(
      "advancedSecurityOptions.internalUserDatabaseEnabled",
      oneOf(false, undefined),
      "has users with passwords",
    );
    domain.must(
      "advancedSecurityOptions.anonymousAuthEnabled",
      oneOf(false, undefined),
      "lets in who is not known",
    );
    const options = domain.known("advancedOptions");
    const explicit = (options?.value as Record<string, unknown> | undefined)?.[
      "rest.action.multi.allow_explicit_index"
    ];
    if (options && explicit !== "false")
      domain.fault("lets a request name an index in its body, which IAM does not see");
  },
});
