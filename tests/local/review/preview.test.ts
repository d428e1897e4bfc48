/** What the comment says, from what the real engine says of a change in an embedded account. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asMarkdown } from "../../../cli/review/markdown.ts";
import { reviewOf } from "../../../cli/review/review.ts";
import { NoSuchCommit } from "../../../local/review/copies.ts";
import { previewOver } from "../../../local/review/preview.ts";
import { PROVEN } from "../../policies/isolation/report/verdicts.ts";
import { SmallProject } from "./project.ts";

describe("a review by the real engine", function () {
  // An update and a preview: 15 s, many times that on a busy machine.
  this.timeout(600_000);
  let project: SmallProject;
  let folder: string;
  beforeEach(() => {
    project = new SmallProject({
      acme: { bucket: "acme-1", tag: "acme" },
      borealis: { bucket: "borealis-1", tag: "borealis" },
      cobalt: { bucket: "cobalt-1", tag: "cobalt" },
    });
    folder = mkdtempSync(join(tmpdir(), "bulkhead-review-test-"));
  });
  afterEach(() => {
    project.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const previewed = (base: string | undefined) =>
    previewOver({ project: project.folder, folder, environment: "dev", base, say: () => undefined });

  it("tells what a change does, for whom, and what refuses it", async () => {
    // Not committed: what lies there is what is judged.
    project.tenants({
      acme: { bucket: "acme-1", tag: "acme" },
      borealis: { bucket: "borealis-2", tag: "borealis" },
      warned: { bucket: "warned-1" },
    });
    const stack = readFileSync(join(project.folder, "Pulumi.dev.yaml"), "utf8");
    const said = await previewed("HEAD");
    const review = reviewOf({ ...said, environment: "dev", isolation: { ...PROVEN } });

    assert.equal(review.base, project.git("rev-parse", "HEAD"));
    assert.deepEqual([review.added, review.removed], [["warned"], ["cobalt"]]);
    assert.deepEqual(
      review.changes.map(({ what, name, tenant, because }) => [what, name, tenant, because]),
      [
        ["delete", "cobalt-documents", "cobalt", []],
        ["delete", "cobalt-queue", "cobalt", []],
        ["replace", "borealis-documents", "borealis", ["bucket"]],
        ["create", "warned-queue", "warned", []],
        ["create", "warned-documents", "warned", []],
      ].sort(
        ([a = "", b = ""], [c = "", d = ""]) =>
          ORDER.indexOf(String(a)) - ORDER.indexOf(String(c)) || (String(b) < String(d) ? -1 : 1),
      ),
    );
    assert.deepEqual(
      review.violations.map(({ rule, severity, mandatory, name, message }) => ({
        rule,
        severity,
        mandatory,
        name,
        message,
      })),
      [
        {
          rule: "bucket-tag",
          severity: "high",
          mandatory: true,
          name: "warned-documents",
          message: "has no tenant_id, in an environment of its own",
        },
      ],
    );
    assert.deepEqual(review.warnings, ["look at <b>this</b>"]);
    assert.deepEqual(review.faults, []);
    assert.equal(review.accepted, false);

    const markdown = asMarkdown(review);
    assert.match(
      markdown,
      /^## ❌ dev: refused: 1 violation\n\nwarned joins; cobalt leaves; 5 resources: 2 to create, 1 to replace, 2 to delete/,
    );
    assert.match(markdown, /- delete `cobalt-documents` \(`aws:s3\/bucket:Bucket`\) of `cobalt`\n/);
    assert.match(
      markdown,
      /- replace `borealis-documents` \(`aws:s3\/bucket:Bucket`\) of `borealis`: `bucket`\n/,
    );
    assert.match(
      markdown,
      /- \*\*bucket-tag\*\* \(high\) `warned-documents`: has no tenant\\_id, in an environment/,
    );
    assert.match(markdown, /look at &lt;b&gt;this/);

    // Nothing of the project changed: neither its settings nor its index.
    assert.equal(readFileSync(join(project.folder, "Pulumi.dev.yaml"), "utf8"), stack);
    assert.equal(project.git("status", "--porcelain"), "M tenants.json");
  });

  it("takes everything for new without a base, and accepts what nothing refuses", async () => {
    const fresh = reviewOf({ ...(await previewed(undefined)), environment: "dev", isolation: PROVEN });
    assert.equal(fresh.accepted, true, JSON.stringify([fresh.faults, fresh.violations]));
    assert.deepEqual(fresh.added, ["acme", "borealis", "cobalt"]);
    assert.deepEqual([...new Set(fresh.changes.map(({ what }) => what))], ["create"]);
    assert.equal(fresh.base, undefined);
    assert.match(
      asMarkdown(fresh),
      /^## ✅ dev: nothing refuses this change\n\nacme, borealis, cobalt join; 7 resources: 7 to create \(nothing was deployed before\)/,
    );
  });

  it("says what it can't start from", async () => {
    await assert.rejects(previewed("no-such-branch"), NoSuchCommit);
    rmSync(folder, { recursive: true });
    await assert.rejects(previewed("--output=/tmp/x"), NoSuchCommit);
    rmSync(folder, { recursive: true });
    const other = previewOver({
      project: project.folder,
      folder,
      environment: "live",
      base: undefined,
      say: () => undefined,
    });
    await assert.rejects(other, /There is no environment live: Pulumi\.live\.yaml is missing/);
    rmSync(folder, { recursive: true });
    project.write("policies/config/dev.json", '{"bucket-tag":"disabled"}');
    await assert.rejects(previewed("HEAD"), /dev\.json: bucket-tag: a rule's enforcement level is not/);
  });
});

const ORDER = ["delete", "replace", "update", "create"];
