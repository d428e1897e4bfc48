import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { buildAccount } from "../../../../policies/isolation/model/build.ts";
import type { Value } from "../../../../policies/isolation/model/resource.ts";

interface Strange {
  readonly type: string;
  readonly props?: Readonly<Record<string, Value>>;
  /** Of what the gap says. */
  readonly says?: string;
}

const WHERE = { environment: "dev", account: "111122223333", region: "us-east-1", partition: "aws" };
const CASES = parse(
  readFileSync(new URL("../../../scenarios/isolation/types.yaml", import.meta.url), "utf8"),
) as { readonly gaps: readonly Strange[]; readonly fine: readonly Strange[] };

/** What the model says of an account that has this resource alone. */
function gapsOf({ type, props = {} }: Strange): readonly string[] {
  const urn = `urn:pulumi:dev::bulkhead::${type}::strange`;
  return buildAccount([{ urn, type, name: "strange", props, references: {} }], WHERE).gaps.map(
    ({ what }) => what,
  );
}

describe("types of resources that may change who does what", () => {
  for (const strange of CASES.gaps)
    it(`${strange.type}${strange.props ? ` ${JSON.stringify(strange.props)}` : ""} is a gap`, () => {
      const gaps = gapsOf(strange);
      const expected = strange.says ?? `is of a type that the proof does not know: ${strange.type}`;
      assert.ok(
        gaps.some((gap) => gap.includes(expected)),
        JSON.stringify(gaps),
      );
    });

  for (const fine of CASES.fine)
    it(`${fine.type} ${JSON.stringify(fine.props ?? {})} is none`, () => {
      assert.deepEqual(gapsOf(fine), []);
    });

  it("are a gap too where their reader throws", () => {
    const gaps = gapsOf({
      type: "aws:dynamodb/tableItem:TableItem",
      props: { tableName: "t", item: "{ no JSON", hashKey: "tenant_id" },
    });
    assert.ok(gaps.every((gap) => gap !== ""));
    const collection = gapsOf({
      type: "aws:opensearch/serverlessCollection:ServerlessCollection",
      props: { name: "dev-acme", encryptionConfigs: 7 },
    });
    assert.ok(
      collection.some((gap) => gap.startsWith("collections are not understood")),
      JSON.stringify(collection),
    );
  });
});
