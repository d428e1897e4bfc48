import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import {
  type CollectionAccessRequest,
  type Context,
  decide,
  decideCollectionAccess,
  type Decision,
  type PolicyDocument,
  type Principal,
  type ResourcePolicyMode,
} from "../../../policies/isolation/index.ts";

/** Cases transcribed from AWS's documentation: who asks what under which policies, and what AWS decides. */
interface Case {
  readonly name: string;
  /** Page and section. */
  readonly source: string;
  readonly expect: Decision["reason"];
  /** Key of CALLERS. @default "role" */
  readonly principal?: keyof typeof CALLERS;
  readonly tags?: Readonly<Record<string, string>>;
  /** Of the policy documents; "" leaves the element out. @default "2012-10-17" */
  readonly version?: string;
  readonly action?: string;
  readonly resource?: string;
  readonly resourceAccount?: string;
  readonly context?: Context;
  readonly mode?: ResourcePolicyMode;
  /** Statements. */
  readonly identity: readonly unknown[];
  readonly boundary?: readonly unknown[];
  readonly session?: readonly unknown[];
  readonly resourcePolicy?: readonly unknown[];
  /** Statements of each level. */
  readonly scp?: readonly (readonly unknown[])[];
  readonly rcp?: readonly (readonly unknown[])[];
}

interface CollectionCase {
  readonly name: string;
  readonly source: string;
  readonly documents: readonly string[];
  readonly request: CollectionAccessRequest;
  readonly expect: Decision["reason"];
}

const ACCOUNT = "111122223333";
const CALLERS = {
  role: session("app"),
  roleWithPath: session("service/app"),
  user: { kind: "user", account: ACCOUNT, userArn: `arn:aws:iam::${ACCOUNT}:user/ada`, tags: {} },
  root: { kind: "root", account: ACCOUNT },
  service: { kind: "service", service: "logging.s3.amazonaws.com" },
  federated: {
    kind: "federated",
    account: ACCOUNT,
    provider: `arn:aws:iam::${ACCOUNT}:oidc-provider/login.example.com`,
  },
  anonymous: { kind: "anonymous" },
} as const satisfies Record<string, Principal>;

function session(path: string) {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return {
    kind: "role-session",
    account: ACCOUNT,
    roleArn: `arn:aws:iam::${ACCOUNT}:role/${path}`,
    sessionArn: `arn:aws:sts::${ACCOUNT}:assumed-role/${name}/s1`,
    tags: {},
  } as const;
}

function run(test: Case): Decision {
  const { version = "2012-10-17" } = test;
  const named = (name: string, statements: readonly unknown[]) => ({
    name,
    document: {
      ...(version === "" ? {} : { Version: version }),
      Statement: statements,
    } as unknown as PolicyDocument,
  });
  const caller = CALLERS[test.principal ?? "role"];
  const { boundary, session: sessionPolicy, resourcePolicy, scp, rcp } = test;
  return decide(
    {
      principal: "tags" in caller ? { ...caller, tags: test.tags ?? {} } : caller,
      action: test.action ?? "s3:GetObject",
      resource: test.resource ?? "arn:aws:s3:::bucket/key",
      resourceAccount: test.resourceAccount ?? ACCOUNT,
      context: test.context ?? {},
    },
    {
      identity: [named("identity policy", test.identity)],
      ...(boundary && { boundary: named("boundary", boundary) }),
      ...(sessionPolicy && { session: [named("session policy", sessionPolicy)] }),
      ...(resourcePolicy && { resource: [named("resource policy", resourcePolicy)] }),
      ...(scp && { scp: scp.map((level) => [named("SCP", level)]) }),
      ...(rcp && { rcp: rcp.map((level) => [named("RCP", level)]) }),
    },
    { resourcePolicyMode: test.mode ?? "optional" },
  );
}

const FOLDER = new URL("../../scenarios/evaluator/", import.meta.url);
function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, FOLDER), "utf8"));
}

for (const file of readdirSync(FOLDER).filter((name) => name !== "collections.json"))
  describe(`evaluator, golden cases: ${file.replace(".json", "")}`, () => {
    for (const test of read(file) as readonly Case[])
      it(test.name, () => {
        const decision = run(test);
        assert.equal(decision.reason, test.expect, `${decision.detail} (source: ${test.source})`);
        assert.equal(decision.allowed, test.expect === "allowed");
        // What decided is named, but for the root user, who needs no statement.
        if (decision.by === undefined)
          assert.ok(!["allowed", "explicit-deny"].includes(test.expect) || test.principal === "root");
        else assert.ok(["allowed", "explicit-deny"].includes(test.expect));
      });
  });

describe("evaluator, golden cases: collections", () => {
  for (const { name, source, documents, request, expect } of read(
    "collections.json",
  ) as readonly CollectionCase[])
    it(name, () => {
      const policies = documents.map((document, i) => ({ name: `access policy ${i}`, document }));
      const decision = decideCollectionAccess(request, policies);
      assert.equal(decision.reason, expect, `${decision.detail} (source: ${source})`);
      assert.equal(decision.allowed, expect === "allowed");
    });
});

describe("evaluator, golden cases", () => {
  it("are at least 200, each with its source and a name of its own", () => {
    const all = readdirSync(FOLDER).flatMap((file) =>
      (read(file) as readonly (Case | CollectionCase)[]).map((test) => ({ file, ...test })),
    );
    assert.ok(all.length >= 200);
    for (const { name, source } of all) assert.ok(source.length > 10, name);
    assert.equal(new Set(all.map(({ file, name }) => `${file} ${name}`)).size, all.length);
  });
});
