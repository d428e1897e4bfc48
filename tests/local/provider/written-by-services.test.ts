import assert from "node:assert/strict";
import { auditBucketPolicy } from "../../../infra/documents/audit.ts";
import { domainLogPolicy } from "../../../infra/documents/domain-logs.ts";
import { platformKeyPolicy } from "../../../infra/documents/platform-key.ts";
import type { Properties } from "../../../local/provider/values.ts";
import { DOMAIN_LOGS, platformNames } from "../../../runtime/contract/names.ts";
import { RealAccount } from "./support/real-account.ts";

const PLACE = { environment: "dev", account: "111122223333", region: "us-east-1" };
const NAMES = platformNames(PLACE);
const DEPLOYER = "arn:aws:iam::111122223333:role/bulkhead-deployer";

/** What AWS tries before it takes a resource: may the service write where it is told to? Decided from the program's documents. */
describe("what services write", () => {
  let account: RealAccount;
  beforeEach(async () => {
    account = await RealAccount.start({ consistencySeconds: 0 });
  });
  afterEach(() => account.stop());

  describe("a trail's files", () => {
    const trail = async (policies: { bucket?: string; key?: string }): Promise<void> => {
      const bucket = NAMES.auditBucket;
      await account.create("aws:s3/bucket:Bucket", "audit", { bucket });
      if (policies.bucket !== undefined)
        await account.create("aws:s3/bucketPolicy:BucketPolicy", "policy", {
          bucket,
          policy: policies.bucket,
        });
      const key = await account.create("aws:kms/key:Key", "key", {
        policy: policies.key ?? platformKeyPolicy(PLACE, [DEPLOYER], []),
      });
      await account.create("aws:cloudtrail/trail:Trail", "trail", {
        name: NAMES.trail,
        s3BucketName: bucket,
        kmsKeyId: key.outputs["arn"],
      });
    };
    const other = { ...PLACE, environment: "other" };

    it("are taken under the audit's bucket policy and the platform's key", async () => {
      await trail({ bucket: auditBucketPolicy(PLACE) });
      assert.equal(account.test.gateway.account.resources("aws:cloudtrail/trail:Trail").length, 1);
    });

    it("are not without a bucket policy", async () => {
      await assert.rejects(trail({}), { code: "InsufficientS3BucketPolicyException" });
    });

    it("are not where the bucket is for another environment's trail", async () => {
      const foreign = auditBucketPolicy(PLACE).replaceAll(":trail/bulkhead-dev", ":trail/bulkhead-other");
      await assert.rejects(trail({ bucket: foreign }), { code: "InsufficientS3BucketPolicyException" });
    });

    it("are not under another environment's key", async () => {
      await assert.rejects(
        trail({ bucket: auditBucketPolicy(PLACE), key: platformKeyPolicy(other, [DEPLOYER], []) }),
        { code: "InsufficientEncryptionPolicyException" },
      );
    });
  });

  describe("a domain's logs", () => {
    const domain = async (document: string | undefined, groups: readonly string[]): Promise<Properties> => {
      for (const name of groups) await account.create("aws:cloudwatch/logGroup:LogGroup", name, { name });
      if (document !== undefined)
        await account.create("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "logs", {
          policyName: NAMES.domainLogPolicy,
          policyDocument: document,
        });
      const made = await account.create("aws:opensearch/domain:Domain", "domain", {
        domainName: NAMES.domain,
        logPublishingOptions: DOMAIN_LOGS.map((kind) => ({
          logType: "AUDIT_LOGS",
          cloudwatchLogGroupArn: `arn:aws:logs:us-east-1:111122223333:log-group:${NAMES.domainLogGroup(kind)}`,
        })),
      });
      return made.outputs;
    };
    const groups = DOMAIN_LOGS.map(NAMES.domainLogGroup);

    it("are written by this domain", async () => {
      assert.equal((await domain(domainLogPolicy(PLACE), groups))["domainName"], NAMES.domain);
    });

    it("are not without a policy", async () => {
      await assert.rejects(domain(undefined, groups), {
        code: "ValidationException",
        message: /does not grant sufficient permissions/,
      });
    });

    it("are not under the policy of another environment's domain", async () => {
      const foreign = domainLogPolicy(PLACE).replace(":domain/bulkhead-dev", ":domain/bulkhead-other");
      await assert.rejects(domain(foreign, groups), { message: /does not grant sufficient permissions/ });
    });

    it("are not to a group that is not there", async () => {
      await assert.rejects(domain(domainLogPolicy(PLACE), groups.slice(1)), { message: /does not exist/ });
    });
  });
});
