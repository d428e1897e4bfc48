import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { KINDS, POLICY_ARGUMENTS } from "../../../local/provider/policies/kinds.ts";
import type { Properties } from "../../../local/provider/values.ts";
import { RealAccount } from "./support/real-account.ts";

interface Case {
  readonly name: string;
  readonly kind: string;
  readonly document?: string;
  readonly top?: Properties;
  readonly statement?: Properties;
  readonly rule?: Properties;
  readonly twice?: Properties;
  readonly single?: boolean;
}

interface Refused extends Case {
  readonly code: string;
  readonly message?: string;
}

interface Size {
  readonly kind: string;
  readonly limit: number;
  readonly whitespace: boolean;
  readonly code: string;
  readonly status: number;
  readonly message?: string;
}

const { cases, accepted, sizes } = JSON.parse(
  readFileSync(new URL("../../scenarios/policies/documents.json", import.meta.url), "utf8"),
) as { cases: Refused[]; accepted: Case[]; sizes: Size[] };

const READER = "arn:aws:iam::111122223333:role/reader";
const ACCOUNT = { AWS: "arn:aws:iam::111122223333:root" };
const TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/things";
const MEMORY = "arn:aws:bedrock-agentcore:us-east-1:111122223333:memory/memory-AbCdEf0123";
const QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/jobs";

/** Of each kind: a right statement, and the resource whose argument the document is. */
const PLACES: Readonly<
  Record<
    string,
    { readonly statement: Properties; readonly put: (policy: string) => readonly [type: string, Properties] }
  >
> = {
  identity: {
    statement: { Action: "s3:GetObject", Resource: "*" },
    put: (policy) => ["aws:iam/rolePolicy:RolePolicy", { role: "reader", name: "p", policy }],
  },
  managed: {
    statement: { Action: "s3:GetObject", Resource: "*" },
    put: (policy) => ["aws:iam/policy:Policy", { name: "p", policy }],
  },
  trust: {
    statement: { Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } },
    put: (assumeRolePolicy) => ["aws:iam/role:Role", { name: "other", assumeRolePolicy }],
  },
  bucket: {
    statement: { Action: "s3:GetObject", Resource: "arn:aws:s3:::docs/*", Principal: { AWS: READER } },
    put: (policy) => ["aws:s3/bucketPolicy:BucketPolicy", { bucket: "docs", policy }],
  },
  key: {
    statement: { Action: "kms:*", Resource: "*", Principal: ACCOUNT },
    put: (policy) => ["aws:kms/key:Key", { policy }],
  },
  queue: {
    statement: { Action: "sqs:SendMessage", Resource: "*", Principal: { AWS: READER } },
    put: (policy) => ["aws:sqs/queuePolicy:QueuePolicy", { queueUrl: QUEUE, policy }],
  },
  table: {
    statement: { Action: "dynamodb:GetItem", Resource: TABLE, Principal: { AWS: READER } },
    put: (policy) => ["aws:dynamodb/resourcePolicy:ResourcePolicy", { resourceArn: TABLE, policy }],
  },
  agentcore: {
    statement: { Action: "bedrock-agentcore:ListEvents", Resource: MEMORY, Principal: { AWS: READER } },
    put: (policy) => [
      "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy",
      { resourceArn: MEMORY, policy },
    ],
  },
  domain: {
    statement: { Action: "es:*", Resource: "*", Principal: { AWS: READER } },
    put: (accessPolicies) => ["aws:opensearch/domain:Domain", { domainName: "search", accessPolicies }],
  },
};

const RULE = { ResourceType: "index", Resource: ["index/docs/kb"], Permission: ["aoss:ReadDocument"] };

/** The document of a case and the resource that it is put with. */
function placed(of: Case): readonly [type: string, Properties] {
  if (of.kind === "collection-data") {
    const policy = JSON.stringify([
      { Rules: [{ ...RULE, ...of.rule }], Principal: [READER], ...of.statement },
    ]);
    return [
      "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy",
      { name: "docs", type: "data", policy: of.document ?? policy },
    ];
  }
  if (of.kind === "collection-network") {
    const rules = [{ ResourceType: "collection", Resource: ["collection/docs"] }];
    const policy = JSON.stringify([{ Rules: rules, ...filled({ SourceVPCEs: ["vpce-1"] }, of.statement) }]);
    return [
      "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy",
      { name: "docs", type: "network", policy },
    ];
  }
  const place = PLACES[of.kind];
  assert.ok(place, of.kind);
  const right = filled({ Effect: "Allow", ...place.statement }, of.statement);
  const statements = of.twice
    ? [
        { ...right, ...of.twice },
        { ...right, ...of.twice },
      ]
    : [right];
  const document = filled({ Version: "2012-10-17", Statement: of.single ? right : statements }, of.top);
  return place.put(of.document ?? JSON.stringify(document));
}

/** `null` removes a member. */
function filled(right: Properties, wrong: Properties = {}): Properties {
  return Object.fromEntries(Object.entries({ ...right, ...wrong }).filter(([, value]) => value !== null));
}

describe("policies, as their services take and refuse them", () => {
  let account: RealAccount;
  before(async () => {
    account = await RealAccount.start();
    const trust = JSON.stringify({
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: ACCOUNT }],
    });
    await account.create("aws:iam/role:Role", "reader", { name: "reader", assumeRolePolicy: trust });
    await account.create("aws:s3/bucket:Bucket", "docs", { bucket: "docs" });
    await account.create("aws:sqs/queue:Queue", "jobs", { name: "jobs" });
    await account.create("aws:dynamodb/table:Table", "things", {
      name: "things",
      hashKey: "id",
      billingMode: "PAY_PER_REQUEST",
      attributes: [{ name: "id", type: "S" }],
    });
  });
  after(() => account.stop());

  for (const each of cases)
    it(`${each.kind}: refuses ${each.name}`, async () => {
      const [type, inputs] = placed(each);
      const before = account.test.gateway.account.resources().length;
      await assert.rejects(account.create(type, "tried", inputs), (error: Error & { code?: string }) => {
        assert.equal(error.code, each.code);
        assert.ok(error.message.includes(each.message ?? ""), error.message);
        return true;
      });
      assert.equal(account.test.gateway.account.resources().length, before);
    });

  for (const each of accepted)
    it(`${each.kind}: takes ${each.name}`, async () => {
      const [type, inputs] = placed(each);
      const made = await account.create(type, "tried", inputs);
      await account.delete(type, "tried", made);
    });

  for (const { kind, limit, whitespace, code, status, message = "" } of sizes)
    it(`${kind}: takes ${limit} ${whitespace ? "bytes" : "characters without whitespace"}, and not one more`, async () => {
      const place = PLACES[kind]!;
      const sized = (size: number, spaces: number) => {
        const policy = JSON.stringify({
          Version: "2012-10-17",
          Id: "",
          Statement: [{ Effect: "Allow", ...place.statement }],
        });
        return (
          policy.replace('"Id":""', `"Id":"${"x".repeat(size - spaces - policy.length)}"`) +
          " ".repeat(spaces)
        );
      };
      const tried = async (size: number, spaces: number) => {
        const [type, inputs] = place.put(sized(size, spaces));
        await account.delete(type, "sized", await account.create(type, "sized", inputs));
      };
      await tried(limit, 0);
      await assert.rejects(tried(limit + 1, 0), (error: Error & { code?: string; status?: number }) => {
        assert.deepEqual([error.code, error.status], [code, status]);
        assert.ok(error.message.includes(message), error.message);
        return true;
      });
      if (whitespace) await assert.rejects(tried(limit + 1, 100), { code });
      else await tried(limit + 100, 100);
    });

  it("counts all inline policies of a role together", async () => {
    const policy = (size: number) =>
      JSON.stringify({ Id: "x".repeat(size), Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] });
    const TYPE = "aws:iam/rolePolicy:RolePolicy";
    const first = await account.create(TYPE, "a", { role: "reader", name: "a", policy: policy(6000) });
    const second = { role: "reader", name: "b", policy: policy(6000) };
    await assert.rejects(account.create(TYPE, "b", second), { code: "LimitExceeded" });
    await account.delete(TYPE, "a", first);
    await account.delete(TYPE, "b", await account.create(TYPE, "b", second));
  });

  it("knows the kind of every argument that holds a policy", () => {
    const tried = new Set(
      Object.values(PLACES).flatMap(({ put }) =>
        Object.values(POLICY_ARGUMENTS[put("{}")[0]] ?? []).map(([, kind]) => kind),
      ),
    );
    const named = new Set(Object.values(POLICY_ARGUMENTS).flatMap((each) => each.map(([, kind]) => kind)));
    assert.deepEqual(
      [...named].filter((kind) => !tried.has(kind)),
      [],
    );
    assert.ok([...named].every((kind) => kind in KINDS));
  });
});
