import assert from "node:assert/strict";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { document, roleArn, startTestGateway, type TestGateway } from "./support.ts";

const ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:clients-Ab12Cd";
const READ = { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: "*" } as const;
const DECRYPT = {
  Effect: "Allow",
  Action: "kms:Decrypt",
  Resource: "*",
  Condition: {
    StringEquals: {
      "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com",
      "kms:EncryptionContext:SecretARN": ARN,
    },
  },
} as const;

describe("Secrets Manager", () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway((deployment) => {
      const kmsKeyId = deployment.key("k1", "alias/platform", {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111122223333:root" },
        Action: "kms:Decrypt",
        Resource: "*",
      });
      deployment.put("aws:secretsmanager/secret:Secret", ARN, { name: "clients", arn: ARN, kmsKeyId });
      deployment.put("aws:secretsmanager/secretVersion:SecretVersion", `${ARN}|v1`, {
        secretId: ARN,
        versionId: "v1",
        secretString: "swordfish",
      });
      deployment.put("aws:secretsmanager/secretPolicy:SecretPolicy", ARN, {
        secretArn: ARN,
        policy: document({
          Effect: "Deny",
          Principal: "*",
          Action: "secretsmanager:GetSecretValue",
          Resource: "*",
          Condition: { ArnNotEquals: { "aws:PrincipalArn": [roleArn("reader"), roleArn("keyless")] } },
        }),
      });
      deployment.role("reader", { policy: [READ, DECRYPT] });
      deployment.role("keyless", { policy: [READ] });
      deployment.role("other", { policy: [READ, DECRYPT] });
      deployment.role("nobody", { policy: [] });
    });
  });
  after(() => test.stop());

  const get = (role: string, SecretId: string) =>
    new SecretsManagerClient(test.as(role)).send(new GetSecretValueCommand({ SecretId }));

  it("hands a secret out by name and ARN", async () => {
    assert.equal((await get("reader", "clients")).SecretString, "swordfish");
    assert.equal((await get("reader", ARN)).ARN, ARN);
  });

  it("asks for the key as the caller", async () => {
    await assert.rejects(get("keyless", "clients"), { message: /not authorized to perform: kms:Decrypt/ });
  });

  it("refuses whom its policy denies, and who has no permission, of any secret", async () => {
    await assert.rejects(get("other", "clients"), { message: /explicit deny in a resource-based policy/ });
    for (const name of ["clients", "none"])
      await assert.rejects(get("nobody", name), { message: /secretsmanager:GetSecretValue/ });
  });

  it("names what is not there to who may know", async () => {
    await assert.rejects(get("reader", "none"), { name: "ResourceNotFoundException" });
  });
});
