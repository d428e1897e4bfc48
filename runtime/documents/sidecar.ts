import { TENANT_TAG } from "../contract/names.ts";
import { GROUPS_FIELD } from "../shared/store.ts";

/** A group that no user can be in: it starts with a character that group names don't. */
export const NOBODY = "--nobody";

/** `<name>.metadata.json`: what Bedrock's ingestion puts beside each chunk of a document. At most 10 KB. */
export function sidecar(tenantId: string, groups: readonly string[] | undefined): string {
  const text = (stringValue: string) => ({
    value: { type: "STRING", stringValue },
    includeForEmbedding: false,
  });
  return JSON.stringify({
    metadataAttributes: {
      [TENANT_TAG]: text(tenantId),
      ...(groups && {
        [GROUPS_FIELD]: {
          value: { type: "STRING_LIST", stringListValue: groups },
          includeForEmbedding: false,
        },
      }),
    },
  });
}
