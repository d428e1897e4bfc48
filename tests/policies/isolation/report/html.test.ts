import assert from "node:assert/strict";
import { asHtml } from "../../../../policies/isolation/report/html.ts";
import { asParsed } from "./support.ts";
import { HOSTILE_TEXTS, hostile, LARGE, NOT_PROVEN, OPEN_BUCKET, PROVEN } from "./verdicts.ts";

const HARMLESS = "harmless text";

describe("the verdict as a page", () => {
  it("says proven or not in its title and first of all", () => {
    assert.match(asHtml(PROVEN), /<title>Isolation of dev: proven<\/title>/);
    assert.match(
      asParsed(asHtml(PROVEN)).text,
      /^\s*Isolation of dev: proven\s+Isolation of environment dev\s+Proven\n/,
    );
    assert.match(asParsed(asHtml(NOT_PROVEN)).text, /Not proven: 5 counterexamples, 1 gap\n/);
  });

  it("tells all that it takes to act on a counterexample", () => {
    const { text } = asParsed(asHtml(NOT_PROVEN));
    const { principal, resource, remedy, urn = "", by } = OPEN_BUCKET;
    for (const each of [principal.arn, "tenant_id=acme", principal.chain.join(" → "), resource, remedy, urn])
      assert.ok(text.includes(each), each);
    assert.ok(text.includes(`statement ${by?.statement}`));
    assert.ok(text.includes("tenants/config/dev/borealis.yaml:3"));
  });

  it("draws a wall for every layer that refuses, and says the same in words", () => {
    const { attributes, text, elements } = asParsed(asHtml(PROVEN));
    const used = attributes.filter((each) => each.startsWith("href="));
    // Objects by all three layers, the registry item by the second alone.
    assert.ok(used.includes("href=#walls7") && used.includes("href=#walls2"));
    assert.match(text, /layers 1, 2, 3 refuse\n/);
    assert.match(text, /layer 2 refuses\n/);
    assert.equal(elements.filter((name) => name === "caption").length, 2);
    const bare = { ...PROVEN, tenants: [{ ...PROVEN.tenants[0]!, refusedBy: { objects: [] } }] };
    assert.match(asParsed(asHtml(bare)).text, /nothing refuses\n/);
  });

  it("draws no wall of a layer that the proof does not judge, and says so", () => {
    const refusedBy = { objects: ["credentials", "resources"], key: ["credentials"] } as const;
    const page = asHtml({ ...PROVEN, tenants: PROVEN.tenants.map((tenant) => ({ ...tenant, refusedBy })) });
    assert.doesNotMatch(page, /class="on1"/);
    assert.match(page, /class="on2"/);
    assert.match(asParsed(page).text, /1 Identity and routing is code, not policy/);
    assert.doesNotMatch(asHtml(PROVEN), /is code, not policy/);
  });

  it("has a row for each of few tenants, one for many that are alike, and one for each that suffers", () => {
    const few = asHtml(PROVEN);
    for (const { id } of PROVEN.tenants) assert.ok(few.includes(`<th scope="row">${id}<br>`), id);
    const many = asHtml(LARGE);
    assert.match(many, /<tr class="hit"><th scope="row">tenant-0500<br>/);
    assert.match(asParsed(many).text, /970 tenants\n/);
    assert.equal(many.split('<th scope="row">').length - 1, 4 + 4);
    for (const { id } of LARGE.tenants) assert.ok(many.includes(id), id);
    assert.ok(many.length < 100_000, `${many.length}`);
  });

  it("needs nothing but itself, and runs nothing", () => {
    for (const verdict of [PROVEN, NOT_PROVEN, LARGE, ...HOSTILE_TEXTS.map(hostile)]) {
      const page = asHtml(verdict);
      const { elements, attributes } = asParsed(page);
      const loading = /^(script|link|img|iframe|object|embed|form|base|a|video|audio|image|foreignobject)$/i;
      assert.deepEqual(
        elements.filter((name) => loading.test(name)),
        [],
      );
      assert.deepEqual(
        attributes.filter((each) => /^(on|src|href=(?!#walls[0-7]$)|action|ping)/i.test(each)),
        [],
      );
      assert.ok(attributes.includes("content=default-src 'none'; style-src 'unsafe-inline'"));
      assert.doesNotMatch(page, /url\(|@import/);
    }
  });

  it("takes a text for a text, wherever it stands", () => {
    const expected = asParsed(asHtml(hostile(HARMLESS)));
    for (const text of HOSTILE_TEXTS) {
      const page = asParsed(asHtml(hostile(text)));
      assert.deepEqual(page.elements, expected.elements, text);
      assert.deepEqual(
        page.attributes.map((each) => each.split("=")[0]),
        expected.attributes.map((each) => each.split("=")[0]),
        text,
      );
      assert.deepEqual(page.comments, [], text);
      assert.doesNotMatch(page.text, /[\p{Cf}]|(?!\n)\p{Cc}/u, text);
    }
    assert.ok(asParsed(asHtml(hostile("<b>&amp;"))).text.includes("<b>&amp;"));
  });
});
