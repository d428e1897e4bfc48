import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Unanswerable } from "../../cli/explain/errors.ts";
import { type Answer, answerFrom } from "../../cli/explain/index.ts";
import { ACCOUNT_FILE } from "../../local/account/account.ts";
import type { Statement } from "../../policies/isolation/types.ts";
import { makeAccount, roleArn, type TestAccount } from "../local/gateway/support.ts";

const PROJECT = join(import.meta.dirname, "../..");
const BUCKET = "bulkhead-test-acme";
const KEY = "11111111-1111-4111-8111-111111111111";
const OBJECT = `arn:aws:s3:::${BUCKET}/acme/a.txt`;

const OF_TENANT = { StringEquals: { "aws:PrincipalTag/tenant_id": "acme" } };
const DATA: readonly Statement[] = [
  {
    Sid: "OwnObjects",
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: `${OBJECT.slice(0, -5)}*`,
    Condition: OF_TENANT,
  },
  { Sid: "UseKey", Effect: "Allow", Action: "kms:Decrypt", Resource: "*" },
];

describe("bulkhead explain", function () {
  this.timeout(240_000);

  let account: TestAccount;
  before(() => {
    account = makeAccount((deployment) => {
      deployment.role("data.acme", { policy: DATA });
      deployment.role("stranger", { policy: [{ Sid: "All", Effect: "Allow", Action: "*", Resource: "*" }] });
      deployment.bucket(BUCKET, {
        Sid: "TenantOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*Object*",
        Resource: `arn:aws:s3:::${BUCKET}/*`,
        Condition: { StringNotEquals: { "aws:PrincipalTag/tenant_id": "acme" } },
      });
      deployment.key(KEY, "alias/acme", {
        Sid: "TenantObjects",
        Effect: "Allow",
        Principal: { AWS: roleArn("data.acme") },
        Action: "kms:Decrypt",
        Resource: "*",
        Condition: { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
      });
      deployment.put(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        BUCKET,
        {
          bucket: BUCKET,
          rules: [
            {
              applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: KEY },
              bucketKeyEnabled: true,
            },
          ],
        },
      );
    });
  });
  after(() => {
    account.remove();
  });

  const bulkhead = (args: readonly string[], folder = account.folder) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(PROJECT, "cli", "index.ts"), "explain", ...args],
      { encoding: "utf8", env: { ...process.env, NO_COLOR: "1", BULKHEAD_ACCOUNT: folder } },
    );
    assert.doesNotMatch(stdout + stderr, /\n\s+at /);
    return { status, stdout, stderr };
  };
  const ask = (principal: string, action: string, resource: string, ...more: readonly string[]) =>
    bulkhead(["--principal", principal, "--action", action, "--resource", resource, ...more]);

  it("tells of each layer which statement allows, and of the key as a decision of its own", () => {
    const { status, stdout, stderr } = ask(
      roleArn("data.acme"),
      "s3:GetObject",
      OBJECT,
      "--tag",
      "tenant_id=acme",
    );
    assert.equal(status, 0, stderr);
    assert.match(
      stdout,
      /^arn:aws:sts::111122223333:assumed-role\/data\.acme\/explain\ntags: tenant_id=acme\n/,
    );
    assert.match(
      stdout,
      /1\. s3:GetObject on .*\n {3}identity policies +allows +OwnObjects of inline policy test of data\.acme/,
    );
    assert.match(stdout, /permissions boundary +none/);
    assert.match(stdout, /resource policy +says nothing +bucket policy of bulkhead-test-acme/);
    assert.match(
      stdout,
      /2\. kms:Decrypt on arn:aws:kms:.*\n(?:.*\n)* {3}key policy +allows +TenantObjects of key policy/,
    );
    assert.match(stdout, /\nAllowed\.\n$/);
  });

  it("tells which condition keeps a statement from allowing, and what the request has instead", () => {
    const { status, stdout } = ask("data.acme", "s3:GetObject", OBJECT, "--tag", "tenant_id=globex");
    assert.equal(status, 1);
    assert.match(
      stdout,
      /OwnObjects of .* would allow, but for\n +StringEquals aws:PrincipalTag\/tenant_id: acme; the request has globex/,
    );
    assert.match(stdout, /resource policy +denies +TenantOnly of bucket policy/);
    assert.match(
      stdout,
      /\nDenied: s3:GetObject, explicit deny by statement TenantOnly of bucket policy of bulkhead-test-acme\.\n$/,
    );
    assert.match(ask("data.acme", "s3:GetObject", OBJECT).stdout, /; the request has none/);
  });

  it("tags are the same in any letter case", () => {
    assert.equal(ask("data.acme", "s3:GetObject", OBJECT, "--tag", "Tenant_ID=acme").status, 0);
    const { status, stderr } = ask("data.acme", "s3:GetObject", OBJECT, "--tag", "a=1", "--tag", "A=2");
    assert.equal(status, 2);
    assert.match(stderr, /the tag A is given twice/);
  });

  it("takes a request's condition keys", () => {
    const key = `arn:aws:kms:us-east-1:111122223333:key/${KEY}`;
    assert.equal(ask("data.acme", "kms:Decrypt", key).status, 1);
    const via = ["--context", "kms:ViaService=s3.us-east-1.amazonaws.com"];
    assert.equal(ask("data.acme", "kms:Decrypt", key, ...via).status, 0);
  });

  it("answers as JSON", () => {
    const { status, stdout } = ask("stranger", "s3:GetObject", OBJECT, "--json");
    assert.equal(status, 1);
    const { allowed, steps } = JSON.parse(stdout) as Answer;
    assert.equal(allowed, false);
    assert.deepEqual(
      steps.map(({ action, decision }) => [action, decision.reason, decision.by?.statement]),
      [
        ["s3:GetObject", "explicit-deny", "TenantOnly"],
        ["kms:Decrypt", "implicit-deny", undefined],
      ],
    );
  });

  for (const [what, args, message] of [
    [
      "a principal that is not there",
      ["nobody", "s3:GetObject", OBJECT],
      /no principal nobody(?:.*\n)+ {2}arn:aws:iam::111122223333:role\/data\.acme\n/,
    ],
    [
      "a role of another account",
      ["arn:aws:iam::444455556666:role/data.acme", "s3:GetObject", OBJECT],
      /no principal/,
    ],
    [
      "a session of another account",
      ["arn:aws:sts::444455556666:assumed-role/data.acme/s1", "s3:GetObject", OBJECT],
      /no principal/,
    ],
    [
      "a bucket that is not there",
      ["data.acme", "s3:GetObject", "arn:aws:s3:::other/a"],
      /no bucket other(?:.*\n)+ {2}bulkhead-test-acme$/,
    ],
    [
      "a resource of no known kind",
      ["data.acme", "ec2:RunInstances", "arn:aws:ec2:us-east-1:111122223333:instance/i"],
      /no resource that can be judged(?:.*\n)+ {2}arn:aws:s3:::…/,
    ],
    [
      "an action of another service",
      ["data.acme", "sqs:SendMessage", OBJECT],
      /expected one that begins with s3:/,
    ],
    ["an action with a wildcard", ["data.acme", "s3:*", OBJECT], /is not an action/],
    [
      "session tags of a service",
      ["s3.amazonaws.com", "s3:GetObject", OBJECT, "team"],
      /takes no session tags/,
    ],
  ] as const)
    it(`can't judge ${what}, and tells what there is`, async () => {
      const [principal, action, resource, ...[key]] = args;
      const tags: Record<string, string> = key === undefined ? {} : { [key]: "acme" };
      await assert.rejects(
        answerFrom(account.folder, { principal, action, resource, tags, context: {} }),
        (error) => error instanceof Unanswerable && message.test(error.message),
      );
    });

  it("exits with 2 for what it can't judge, and says it on stderr alone", () => {
    const { status, stdout, stderr } = ask("nobody", "s3:GetObject", OBJECT);
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /^There is no principal nobody in this account\. Its roles:/);
    const wrong = ask("data.acme", "s3:GetObject", OBJECT, "--tag", "acme");
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /expected KEY=VALUE/);
  });

  it("says how to get an account where there is none, and makes none", () => {
    const empty = mkdtempSync(join(tmpdir(), "bulkhead-empty-"));
    const args = ["--principal", "a", "--action", "s3:GetObject", "--resource", OBJECT];
    const { status, stderr } = bulkhead(args, join(empty, "none"));
    assert.equal(status, 2);
    assert.match(stderr, /no account in .*Make one by npm start/);
    rmSync(empty, { recursive: true });
  });

  it("needs its three options, and has examples in its help", () => {
    assert.equal(bulkhead(["--principal", "data.acme"]).status, 2);
    const { status, stdout } = bulkhead(["--help"]);
    assert.equal(status, 0);
    assert.match(stdout, /Examples:(?:.*\n)+.*--tag tenant_id=acme/);
  });

  it("changes nothing", () => {
    const before = mkdtempSync(join(tmpdir(), "bulkhead-before-"));
    cpSync(account.folder, before, { recursive: true });
    ask("data.acme", "s3:PutObject", OBJECT, "--tag", "tenant_id=acme");
    const bytes = (folder: string) => readFileSync(join(folder, ACCOUNT_FILE));
    assert.ok(bytes(before).equals(bytes(account.folder)));
    rmSync(before, { recursive: true });
  });
});
