import { literalsOf } from "../support/probe/literals.ts";
import { readPolicy } from "../support/documents.ts";
import { ownerOf, tagOf } from "../support/owner.ts";
import { rule } from "../support/rule.ts";

/**
 * Bedrock passes no session tags, so the role that it takes has to carry the tenant's. A role that is assumed with a session tag
 * must not: a session without one would then be the tenant's all the same.
 */
export const tenantRoleTags = rule({
  name: "tenant-role-tags",
  description:
    "A tenant's role that a service of AWS takes carries the tenant's tag; a role that is assumed with a session tag carries none.",
  severity: "critical",
  remediation:
    "Tag the service's role tenant_id with the tenant's id; take the tag off roles that the broker and the ingest function assume.",
  validate: ({ stack }, report) => {
    for (const role of stack.of(["aws:iam/role:Role"])) {
      const tenant = ownerOf(role);
      if (tenant === undefined) continue;
      const tag = tagOf(role);
      const trust = readPolicy(role, "assumeRolePolicy");
      if (trust.kind !== "document" || tag.kind === "unproven") {
        report("not proven: its tags or its trust policy are not known or not understood", role.urn);
        continue;
      }
      const serves = [...literalsOf(trust.document).principals].some((name) =>
        /\.amazonaws\.com(\.cn)?$/.test(name),
      );
      if (serves && (tag.kind === "none" || tag.id !== tenant))
        report(`is taken by a service for tenant ${tenant}, and is not tagged tenant_id=${tenant}`, role.urn);
      if (!serves && tag.kind === "one")
        report(
          `is tagged tenant_id=${tag.id}: whoever assumes it without a session tag has the tenant's`,
          role.urn,
        );
    }
  },
});
