import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { auditBucketPolicy } from "../../infra/documents/audit.ts";
import {
  breakGlassPolicy,
  breakGlassTrust,
  readerPolicy,
  readerTrust,
} from "../../infra/documents/operator-roles.ts";
import { decide, parsePolicy, type Principal } from "../../policies/isolation/index.ts";
import { bucketPolicy } from "../../tenants/documents/bucket-policy.ts";

const PLACE = { environment: "dev", account: "111122223333", region: "us-east-1" };
const DEPLOYER = "arn:aws:iam::111122223333:role/deployer";

interface Case {
  readonly who: "reader" | "break-glass" | "administrator";
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
  /** Whose bucket policy counts too. */
  readonly bucket?: "acme" | "audit";
  readonly allowed: boolean;
}

const cases = parse(
  readFileSync(new URL("../scenarios/operators/access.yaml", import.meta.url), "utf8"),
) as Case[];

const POLICIES = {
  reader: readerPolicy(PLACE),
  "break-glass": breakGlassPolicy(PLACE),
  administrator: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
};
const BUCKETS = { acme: bucketPolicy(PLACE, "acme", [DEPLOYER]), audit: auditBucketPolicy(PLACE) };

const session = (role: string): Principal => ({
  kind: "role-session",
  account: PLACE.account,
  roleArn: `arn:aws:iam::${PLACE.account}:role/${role}`,
  sessionArn: `arn:aws:sts::${PLACE.account}:assumed-role/${role}/someone`,
  tags: {},
});
const named = (name: string, document: string) => ({ name, document: parsePolicy(document) });

describe("operators", () => {
  for (const { who, action, resource, context, bucket, allowed } of cases) {
    it(`${who}: ${action} on ${resource} is ${allowed ? "allowed" : "refused"}`, () => {
      const decision = decide(
        {
          principal: session(`bulkhead.dev.operator.${who}`),
          action,
          resource,
          resourceAccount: PLACE.account,
          context: { "aws:SecureTransport": "true", "aws:PrincipalIsAWSService": "false", ...context },
        },
        {
          identity: [named(who, POLICIES[who])],
          ...(bucket ? { resource: [named(bucket, BUCKETS[bucket])] } : {}),
        },
      );
      assert.equal(decision.allowed, allowed, JSON.stringify(decision));
    });
  }

  const USER: Principal = {
    kind: "user",
    account: PLACE.account,
    userArn: `arn:aws:iam::${PLACE.account}:user/emergency`,
    tags: {},
  };
  const becomes = (trust: string, principal: Principal, context: Record<string, string>): boolean =>
    decide(
      {
        principal,
        action: "sts:AssumeRole",
        resource: `arn:aws:iam::${PLACE.account}:role/bulkhead.dev.operator.any`,
        resourceAccount: PLACE.account,
        context,
      },
      { identity: [named("anything", POLICIES.administrator)], resource: [named("trust", trust)] },
      { resourcePolicyMode: "required" },
    ).allowed;

  it("break the glass as a named user with a second factor used within a quarter of an hour, and not otherwise", () => {
    const trust = breakGlassTrust([`arn:aws:iam::${PLACE.account}:user/emergency`]);
    const fresh = { "aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "60" };
    assert.equal(becomes(trust, USER, fresh), true);
    assert.equal(becomes(trust, USER, {}), false);
    assert.equal(becomes(trust, USER, { ...fresh, "aws:MultiFactorAuthPresent": "false" }), false);
    assert.equal(becomes(trust, USER, { ...fresh, "aws:MultiFactorAuthAge": "900" }), false);
    assert.equal(becomes(trust, session("administrators"), fresh), false);
    assert.equal(
      becomes(trust, { ...USER, userArn: `arn:aws:iam::${PLACE.account}:user/other` }, fresh),
      false,
    );
  });

  it("look by a role of people that is named", () => {
    const trust = readerTrust([`arn:aws:iam::${PLACE.account}:role/support`]);
    assert.equal(becomes(trust, session("support"), {}), true);
    assert.equal(becomes(trust, session("bulkhead.dev.fn.chat"), {}), false);
  });
});
