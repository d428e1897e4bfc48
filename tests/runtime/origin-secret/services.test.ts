import assert from "node:assert/strict";
import type { CloudFrontClient, DistributionConfig } from "@aws-sdk/client-cloudfront";
import { GetDistributionCommand, UpdateDistributionCommand } from "@aws-sdk/client-cloudfront";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetRuleGroupCommand, WAFV2Client } from "@aws-sdk/client-wafv2";
import { platformNames } from "../../../runtime/contract/names.ts";
import { rotateOriginSecret } from "../../../infra/documents/origin-secret.ts";
import { edgeHeader } from "../../../runtime/origin-secret/distribution.ts";
import { acceptedValues } from "../../../runtime/origin-secret/firewall.ts";
import { rotate } from "../../../runtime/origin-secret/rotate.ts";
import { secretVersions } from "../../../runtime/origin-secret/secret.ts";
import { ROTATE_MS } from "../../../runtime/origin-secret/steps.ts";
import type { Statement } from "../../../policies/isolation/types.ts";
import { startTestGateway, type TestGateway } from "../../local/gateway/support.ts";

const PLACE = { environment: "dev", account: "111122223333", region: "us-east-1" };
const NAMES = platformNames(PLACE);
const SECRET_ARN = NAMES.originSecretArn.replace("-??????", "-Ab12Cd");
const GROUP = { id: "group-1", name: NAMES.originRuleGroup };

/** CloudFront with one distribution: a change takes an entity tag and starts a deployment. */
class CloudFront {
  etag = 1;
  status = "Deployed";
  config: DistributionConfig = {
    CallerReference: "r",
    Comment: "kept",
    Enabled: true,
    DefaultCacheBehavior: { TargetOriginId: "console", ViewerProtocolPolicy: "https-only" },
    Origins: {
      Quantity: 2,
      Items: [
        { Id: "console", DomainName: "files.example" },
        {
          Id: "api",
          DomainName: "api.example",
          CustomHeaders: { Quantity: 1, Items: [{ HeaderName: "x-other", HeaderValue: "1" }] },
        },
      ],
    },
  };

  readonly client = {
    send: (command: unknown) => {
      if (command instanceof GetDistributionCommand)
        return Promise.resolve({
          ETag: String(this.etag),
          Distribution: { Status: this.status, DistributionConfig: this.config },
        });
      assert.ok(command instanceof UpdateDistributionCommand);
      if (command.input.IfMatch !== String(this.etag)) return Promise.reject(new Error("PreconditionFailed"));
      this.config = command.input.DistributionConfig as DistributionConfig;
      this.etag += 1;
      this.status = "InProgress";
      return Promise.resolve({});
    },
  } as unknown as CloudFrontClient;

  headers(): Record<string, string | undefined> {
    const items = this.config.Origins?.Items?.find(({ Id }) => Id === "api")?.CustomHeaders?.Items ?? [];
    return Object.fromEntries(items.map(({ HeaderName, HeaderValue }) => [HeaderName ?? "", HeaderValue]));
  }
}

describe("the origin's secret in AWS", () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway((deployment) => {
      const kmsKeyId = deployment.key("k1", NAMES.platformKeyAlias, {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111122223333:root" },
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: "*",
      });
      deployment.put("aws:secretsmanager/secret:Secret", SECRET_ARN, {
        name: NAMES.originSecret,
        arn: SECRET_ARN,
        kmsKeyId,
      });
      deployment.put("aws:wafv2/ruleGroup:RuleGroup", GROUP.id, {
        name: GROUP.name,
        arn: NAMES.originRuleGroupArn.replace("*", GROUP.id),
        capacity: 20,
      });
      deployment.role("rotation", { policy: rotateOriginSecret(PLACE) as unknown as Statement[] });
      deployment.role("other", { policy: [] });
    });
  });
  after(() => test.stop());

  it("is rotated with the function's own permissions, and the rest of the distribution stays", async () => {
    const cloudFront = new CloudFront();
    const secrets = new SecretsManagerClient(test.as("rotation"));
    const firewall = new WAFV2Client(test.as("rotation"));
    let now = Date.now();
    const run = (edge: boolean) =>
      rotate(
        {
          ...secretVersions(secrets, NAMES.originSecret),
          readAccepted: () => acceptedValues(firewall, GROUP),
          readEdge: () => (edge ? edgeHeader(cloudFront.client, "E1") : Promise.resolve(undefined)),
        },
        () => now,
      );
    const current = async () =>
      (await secretVersions(secrets, NAMES.originSecret).readSecret()).current?.value ?? "";

    assert.deepEqual(await run(false), ["make-first", "accept", "wait for the distribution"]);
    const first = await current();
    assert.match(first, /^[A-Za-z0-9]{48}$/);
    // The program's part: it reads the value, and gives it to CloudFront.
    await (await edgeHeader(cloudFront.client, "E1")).replace(first);
    cloudFront.status = "Deployed";
    assert.deepEqual(cloudFront.headers(), { "x-other": "1", "x-origin-secret": first });

    now = Date.now() + ROTATE_MS;
    assert.deepEqual((await run(true)).slice(0, 2), ["make-pending", "accept"]);
    now += 3_600_000;
    assert.deepEqual((await run(true))[0], "send");
    cloudFront.status = "Deployed";
    // Secrets Manager's own clock says when it was changed.
    now = Date.now();
    assert.deepEqual(await run(true), ["promote", "wait for deployments that began before"]);
    const second = await current();
    assert.notEqual(second, first);
    assert.equal(cloudFront.headers()["x-origin-secret"], second);
    assert.deepEqual((await acceptedValues(firewall, GROUP)).values, [first, second]);
    now = Date.now() + 2 * 24 * 3_600_000;
    assert.deepEqual(await run(true), ["accept", "wait for the next rotation"]);
    assert.deepEqual((await acceptedValues(firewall, GROUP)).values, [second]);
    assert.equal(cloudFront.config.Comment, "kept");
    assert.equal(cloudFront.config.Origins?.Items?.[0]?.DomainName, "files.example");

    const { RuleGroup } = await firewall.send(
      new GetRuleGroupCommand({ Id: GROUP.id, Name: GROUP.name, Scope: "REGIONAL" }),
    );
    assert.deepEqual(
      RuleGroup?.Rules?.map(({ Action, RuleLabels }) => [Action, RuleLabels]),
      [[{ Count: {} }, [{ Name: "from-edge" }]]],
    );
  });

  it("is nobody else's to read or to change", async () => {
    const secrets = secretVersions(new SecretsManagerClient(test.as("other")), NAMES.originSecret);
    await assert.rejects(secrets.readSecret(), { name: "AccessDeniedException" });
    await assert.rejects(acceptedValues(new WAFV2Client(test.as("other")), GROUP), {
      name: "AccessDeniedException",
    });
  });

  it("is written by one at a time: what was read before another's change is refused", async () => {
    const firewall = new WAFV2Client(test.as("rotation"));
    const [a, b] = [await acceptedValues(firewall, GROUP), await acceptedValues(firewall, GROUP)];
    await a.replace([...a.values], 1_700_000_000_000);
    await assert.rejects(b.replace(["late"], 1_700_000_000_000), { name: "WAFOptimisticLockException" });
  });
});
