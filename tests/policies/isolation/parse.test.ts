import assert from "node:assert/strict";
import { parsePolicy, PolicyError } from "../../../policies/isolation/index.ts";

const GOOD = { Sid: "One", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };
const withStatement = (change: object) => ({
  Version: "2012-10-17",
  Statement: [GOOD, { ...GOOD, Sid: "Two", ...change }],
});

describe("parsePolicy", () => {
  it("takes JSON text or an object, with one statement or a list", () => {
    const document = { Version: "2012-10-17", Id: "x", Statement: GOOD };
    assert.deepEqual(parsePolicy(JSON.stringify(document)), document);
    assert.equal(parsePolicy(document), document);
    assert.deepEqual(parsePolicy({ Statement: [] }), { Statement: [] });
  });

  const faults: readonly [string, string | object, string][] = [
    ["no JSON", "{", "document: is not JSON"],
    ["no object", "[]", "document: expected an object"],
    [
      "a key given twice",
      '{"Statement":[{"Effect":"Deny","Effect":"Allow"}]}',
      'document: the key "Effect" is given twice in one object',
    ],
    [
      "a key given twice, once escaped",
      '{"Statement":[],"\\u0053tatement":[]}',
      'document: the key "Statement" is given twice in one object',
    ],
    [
      "an unknown element",
      { Version: "2012-10-17", Statements: [] },
      'document: unknown element "Statements"',
    ],
    [
      "an unknown version",
      { Version: "2012-10-18", Statement: [] },
      "Version: expected 2012-10-17 or 2008-10-17",
    ],
    ["no statement", { Version: "2012-10-17" }, "Statement[0]: expected an object"],
    ["a statement that is no object", { Statement: ["x"] }, "Statement[0]: expected an object"],
    [
      "an unknown statement element",
      withStatement({ Actions: "x" }),
      'Statement[1] (Two): unknown element "Actions"',
    ],
    [
      "a Sid used twice",
      withStatement({ Sid: "One" }),
      "Statement[1] (One).Sid: is used by an earlier statement too",
    ],
    [
      "another effect",
      withStatement({ Effect: "Permit" }),
      "Statement[1] (Two).Effect: expected Allow or Deny",
    ],
    [
      "Action and NotAction",
      withStatement({ NotAction: "s3:*" }),
      "Statement[1] (Two): has both Action and NotAction",
    ],
    [
      "Principal and NotPrincipal",
      withStatement({ Effect: "Deny", Principal: "*", NotPrincipal: "*" }),
      "Statement[1] (Two): has both Principal and NotPrincipal",
    ],
    ["no action", withStatement({ Action: [] }), "Statement[1] (Two).Action: lists nothing"],
    [
      "an action without service",
      withStatement({ Action: "GetObject" }),
      'Statement[1] (Two).Action: "GetObject" is not an action: expected service:Action or *',
    ],
    [
      "a resource that is no ARN",
      withStatement({ Resource: 7 }),
      "Statement[1] (Two).Resource: expected a string or a list of strings",
    ],
    [
      "an unknown operator",
      withStatement({ Condition: { StringIs: { "a:b": "c" } } }),
      "Statement[1] (Two).Condition.StringIs: unknown condition operator",
    ],
    [
      "no condition key",
      withStatement({ Condition: { StringEquals: { tenant: "c" } } }),
      'Statement[1] (Two).Condition.StringEquals: "tenant" is not a condition key',
    ],
    [
      "a condition key given twice",
      withStatement({ Condition: { StringEquals: { "a:b": "c", "A:B": "d" } } }),
      "Statement[1] (Two).Condition.StringEquals: key A:B is given twice, in spellings that differ by case",
    ],
    [
      "a condition value that is an object",
      withStatement({ Condition: { StringEquals: { "a:b": {} } } }),
      "Statement[1] (Two).Condition.StringEquals.a:b: expected a string, number or boolean, or a list of them",
    ],
    [
      "no condition value",
      withStatement({ Condition: { StringEquals: { "a:b": [] } } }),
      "Statement[1] (Two).Condition.StringEquals.a:b: lists no value",
    ],
  ];
  for (const [name, document, message] of faults)
    it(`refuses ${name}`, () => {
      assert.throws(
        () => parsePolicy(document),
        (error) =>
          error instanceof PolicyError &&
          (error.message === message || error.message.startsWith(`${message}: `)),
      );
    });
});
