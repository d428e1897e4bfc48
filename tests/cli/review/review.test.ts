import assert from "node:assert/strict";
import { changesOf, comingAndGoing } from "../../../cli/review/changes.ts";
import { asMarkdown } from "../../../cli/review/markdown.ts";
import { asJson } from "../../../cli/review/reports.ts";
import { reviewOf, type Said } from "../../../cli/review/review.ts";
import { asText } from "../../../cli/review/text.ts";
import { rendered } from "../../policies/isolation/report/support.ts";
import { HOSTILE_TEXTS, hostile, NOT_PROVEN, PROVEN } from "../../policies/isolation/report/verdicts.ts";

const STACK = "urn:pulumi:dev::bulkhead::pulumi:pulumi:Stack::bulkhead-dev";
const tenantUrn = (id: string): string => `urn:pulumi:dev::bulkhead::bulkhead:tenants:Tenant::${id}`;
const BUCKET = "aws:s3/bucket:Bucket";
const bucketUrn = (name: string): string =>
  `urn:pulumi:dev::bulkhead::bulkhead:tenants:Tenant$${BUCKET}::${name}`;

const component = (op: string, id: string) => {
  const state = { type: "bulkhead:tenants:Tenant", custom: false, parent: STACK };
  return { op, urn: tenantUrn(id), ...(op === "delete" ? { oldState: state } : { newState: state }) };
};

/** A bucket's step; `more` is what the engine says besides. */
const bucket = (op: string, name: string, parent: string, more: Record<string, unknown> = {}) => {
  const state = { type: BUCKET, custom: true, parent, inputs: more["inputs"] ?? {} };
  return {
    op,
    urn: bucketUrn(name),
    oldState: state,
    newState: op.startsWith("delete") ? null : state,
    ...more,
  };
};

const said = (more: Partial<Said> = {}): Said => ({
  environment: "dev",
  base: "0123456789abcdef0123456789abcdef01234567",
  digest: { steps: [] },
  events: [],
  exitCode: 0,
  stderr: "",
  isolation: PROVEN,
  ...more,
});

const policyEvent = (more: Record<string, unknown> = {}) => ({
  policyEvent: {
    resourceUrn: bucketUrn("acme-documents"),
    message: "What the rule is for.\nis open\n",
    policyName: "bucket-closed",
    enforcementLevel: "mandatory",
    severity: "high",
    ...more,
  },
});
const diagnostic = (severity: string, message: string) => ({ diagnosticEvent: { severity, message } });

describe("what an update changes", () => {
  it("is the tenant's in whose component a resource stands, or whose tag it has, else the platform's", () => {
    const steps = [
      component("same", "acme"),
      bucket("update", "a", tenantUrn("acme"), { diffReasons: ["tags", "tags"] }),
      bucket("update", "b", STACK, { inputs: { tags: { Tenant_Id: "borealis" } } }),
      bucket("update", "c", STACK, { inputs: { tags: "unknown" } }),
    ];
    assert.deepEqual(
      changesOf({ steps }).map(({ name, tenant, because }) => [name, tenant, because]),
      [
        ["a", "acme", ["tags"]],
        ["b", "borealis", []],
        ["c", undefined, []],
      ],
    );
  });

  it("counts a replacement once, however the engine makes it, and says what forces it", () => {
    const why = { replaceReasons: ["bucket"], diffReasons: ["bucket", "tags"] };
    for (const ops of [
      ["create-replacement", "replace", "delete-replaced"],
      ["delete-replaced", "replace", "create-replacement"],
      ["delete", "create"],
    ]) {
      const changes = changesOf({ steps: ops.map((op) => bucket(op, "a", STACK, why)) });
      assert.deepEqual(
        changes.map(({ what, because }) => [what, because]),
        [["replace", ["bucket"]]],
      );
    }
  });

  it("leaves out components, providers and what stays, and tells deletions first", () => {
    const provider = { type: "pulumi:providers:aws", custom: true };
    const steps = [
      component("create", "acme"),
      { op: "create", urn: "urn:pulumi:dev::bulkhead::pulumi:providers:aws::default", newState: provider },
      bucket("same", "s", STACK),
      bucket("create", "c", STACK),
      bucket("delete", "d", STACK),
    ];
    assert.deepEqual(
      changesOf({ steps }).map(({ what, name }) => [what, name]),
      [
        ["delete", "d"],
        ["create", "c"],
      ],
    );
  });

  it("tells which tenants come and go", () => {
    const steps = [component("create", "new"), component("delete", "old"), component("same", "acme")];
    assert.deepEqual(comingAndGoing({ steps }), { added: ["new"], removed: ["old"] });
  });

  it("is not guessed from what is no preview", () => {
    assert.throws(() => changesOf({ deployment: {} }));
  });
});

describe("a review", () => {
  it("accepts only what nothing refuses", () => {
    assert.equal(reviewOf(said()).accepted, true);
    for (const [refused, because] of [
      [{ exitCode: 255, events: [policyEvent()] }, /refused: 1 violation/],
      [{ events: [policyEvent()] }, /refused: 1 violation/],
      [{ isolation: NOT_PROVEN }, /refused: isolation not proven/],
      [{ isolation: undefined }, /refused: isolation not judged/],
      [
        { exitCode: 255, events: [diagnostic("error", "error: no such setting\n    at x (y.ts:1:1)\n")] },
        /refused: the preview failed/,
      ],
      [{ exitCode: 255, stderr: "error: the stack is locked" }, /refused: the preview failed/],
      [
        { exitCode: 255, digest: undefined, isolation: undefined },
        /refused: the preview failed, isolation not judged/,
      ],
    ] as const) {
      const review = reviewOf(said(refused));
      assert.equal(review.accepted, false);
      assert.match(asMarkdown(review).split("\n")[0] ?? "", because);
      assert.match(asText(review).split("\n")[0] ?? "", because);
    }
  });

  it("is not stopped by advice, and tells it", () => {
    const review = reviewOf(
      said({ events: [policyEvent({ enforcementLevel: "advisory", policyName: "exceptions" })] }),
    );
    assert.equal(review.accepted, true);
    assert.match(asMarkdown(review), /<summary>Advice and exceptions: 1<\/summary>\n\n- \*\*exceptions\*\*/);
  });

  it("tells a violation without the rule's description, the most severe first, those of a rule together", () => {
    const events = [
      policyEvent({ severity: "low", policyName: "z" }),
      policyEvent({ severity: "critical", policyName: "c", resourceUrn: STACK }),
      policyEvent({ severity: "low", policyName: "z", resourceUrn: bucketUrn("other") }),
    ];
    const review = reviewOf(said({ events, exitCode: 255 }));
    assert.deepEqual(
      review.violations.map(({ rule, name, message }) => [rule, name, message]),
      [
        ["c", undefined, "is open"],
        ["z", "acme-documents", "is open"],
        ["z", "other", "is open"],
      ],
    );
    const markdown = asMarkdown(review);
    assert.match(
      markdown,
      /- \*\*c\*\* \(critical\): is open\n- \*\*z\*\* \(low\) `acme-documents`: is open; also `other`\n/,
    );
  });

  it("tells why a preview failed without a stack trace, and the engine's own words where nothing else is said", () => {
    const events = [
      diagnostic("error", "error: no such setting\n    at x (y.ts:1:1)\n"),
      diagnostic("error", "preview failed\n"),
      diagnostic("debug", "secret"),
    ];
    assert.deepEqual(reviewOf(said({ exitCode: 255, events })).faults, ["error: no such setting"]);
    assert.deepEqual(reviewOf(said({ exitCode: 255, stderr: "locked\n" })).faults, ["locked"]);
  });

  it("puts tenants for whom as much changes into one row, the platform first", () => {
    const ids = Array.from({ length: 500 }, (_, index) => `tenant-${String(index).padStart(3, "0")}`);
    const steps = ids.flatMap((id) => [
      component(id === "tenant-007" ? "create" : "same", id),
      bucket(id === "tenant-007" ? "create" : "update", `${id}-documents`, tenantUrn(id)),
    ]);
    const review = reviewOf(said({ digest: { steps: [...steps, bucket("update", "shared", STACK)] } }));
    const markdown = asMarkdown(review);
    assert.match(markdown, /\| the platform \| {2}\| 1 \|/);
    assert.match(
      markdown,
      /<code>tenant-000<\/code>, <code>tenant-001<\/code>, <code>tenant-002<\/code> and 496 more \| {2}\| 1 \|/,
    );
    assert.match(markdown, /<code>tenant-007<\/code> \(new\) \| 1 \|/);
    assert.ok(markdown.length < 20_000, `${markdown.length}`);
  });

  it("is JSON of a named format for programs", () => {
    const review = JSON.parse(asJson(reviewOf(said()))) as Record<string, unknown>;
    assert.equal(review["format"], "bulkhead-review/1");
    assert.deepEqual(review["isolation"], PROVEN);
  });

  it("takes a text for a text, wherever it stands", () => {
    const of = (text: string) =>
      reviewOf(
        said({
          environment: text,
          exitCode: 1,
          isolation: hostile(text),
          digest: {
            steps: [
              component("create", text),
              bucket("delete", text, tenantUrn(text), { replaceReasons: [text] }),
            ],
          },
          events: [
            policyEvent({
              message: `x\n${text}`,
              policyName: text,
              severity: text,
              resourceUrn: bucketUrn(text),
            }),
            diagnostic("warning", text),
            diagnostic("error", text),
          ],
        }),
      );
    const expected = rendered(asMarkdown(of("harmless")));
    for (const text of HOSTILE_TEXTS) {
      const page = rendered(asMarkdown(of(text)));
      assert.deepEqual(page.elements, expected.elements, text);
      assert.deepEqual(page.comments, [], text);
      assert.doesNotMatch(asText(of(text)), /[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u, text);
    }
  });
});
