import assert from "node:assert/strict";
import { asText } from "../../../../policies/isolation/report/text.ts";
import { HOSTILE_TEXTS, hostile, LARGE, NOT_PROVEN, OPEN_BUCKET, PROVEN } from "./verdicts.ts";

describe("the verdict as text", () => {
  it("tells a proof, what it looked at, what a failed layer leaves and what is so by design", () => {
    const text = asText(PROVEN);
    assert.match(
      text,
      /^Isolation of environment dev: proven\n {2}4 tenants \(2 silo, 2 pool\) in 2 classes; /,
    );
    assert.match(text, /18,204 decisions; 36 questions to the solver; 3\.2 s\n/);
    assert.match(
      text,
      /without 2 Credentials\n(?: {4}.*\n)* {4}registry item \(silo, pool\) +nothing else\n/,
    );
    assert.match(text, /By design\n {2}arn:\S+authorizer reaches registry items .*: it decides before/);
    assert.doesNotMatch(text, /✘/);
  });

  it("tells all that it takes to act on a counterexample", () => {
    const text = asText(NOT_PROVEN);
    assert.match(text, /: not proven: 5 counterexamples, 1 gap\n/);
    const told = [
      OPEN_BUCKET.principal.arn,
      "tenant_id=acme",
      OPEN_BUCKET.principal.chain.join(" → "),
      "s3:GetObject",
      OPEN_BUCKET.resource,
      "data of     borealis",
      "aws:SecureTransport = true",
      "bucket policy of bulkhead-dev-111122223333-borealis, statement Partners",
      "tenants/config/dev/borealis.yaml:3",
      `mend        ${OPEN_BUCKET.urn}`,
      `do          ${OPEN_BUCKET.remedy}`,
    ];
    for (const each of told) assert.ok(text.includes(each), `${each}\n${text}`);
  });

  it("tells what one repair mends once, with how far it goes", () => {
    const text = asText(NOT_PROVEN);
    assert.equal(text.split("✘ Separation").length, 2);
    assert.match(text, /also does {3}s3:GetObjectVersion, s3:ListBucket\n/);
    assert.match(asText(LARGE), /also for .*role\/data\.5 and 992 more\n/);
  });

  it("says how many it leaves out", () => {
    const many = {
      ...NOT_PROVEN,
      counterexamples: Array.from({ length: 30 }, (_, index) => ({ ...OPEN_BUCKET, urn: `urn:${index}` })),
    };
    assert.match(asText(many), /… and 10 more/);
    assert.equal(asText(many).split("✘ Separation").length, 21);
    assert.doesNotMatch(asText(many, { most: 30 }), /… and/);
  });

  it("has colours only where they are asked for", () => {
    const escape = "\u001b[";
    assert.ok(!asText(NOT_PROVEN).includes(escape));
    assert.ok(asText(NOT_PROVEN, { colour: true }).includes(escape));
  });

  it("lets no name move the cursor, forge a line or turn the reading direction", () => {
    for (const hostileText of HOSTILE_TEXTS) {
      const text = asText(hostile(hostileText));
      assert.doesNotMatch(text, /[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u, hostileText);
      const lines = asText(hostile("harmless")).split("\n").length;
      assert.equal(text.split("\n").length, lines, hostileText);
    }
  });
});
