import { TENANT_TAG } from "../support/owner.ts";
import { readKeys } from "../support/read.ts";
import { rule } from "../support/rule.ts";

/** AWS compares tag keys without case in some places and with case in others: `Tenant_Id` beside `tenant_id` is another tag to one of them. */
export const tagKeyCase = rule({
  name: "tag-key-case",
  description:
    "The tag that names a tenant is written tenant_id everywhere, and no resource has two tags that differ by letter case.",
  severity: "medium",
  remediation: "Write the key `tenant_id`, and keep one of the two tags.",
  validate: ({ stack }, report) => {
    for (const resource of stack.resources) {
      const keys = readKeys(resource, "tags");
      if (!keys.known) {
        if (resource.type.startsWith("aws:"))
          report("not proven: its tags are not known before deployment", resource.urn);
        continue;
      }
      const seen = new Map<string, string>();
      for (const key of keys.value) {
        const lower = key.toLowerCase();
        const other = seen.get(lower);
        if (other !== undefined) report(`has the tags ${other} and ${key}`, resource.urn);
        else if (lower === TENANT_TAG && key !== TENANT_TAG)
          report(`writes the tag ${TENANT_TAG} as ${key}`, resource.urn);
        seen.set(lower, key);
      }
    }
  },
});
