import assert from "node:assert/strict";
import {
  BedrockAgentClient,
  type DocumentIdentifier,
  GetIngestionJobCommand,
  GetKnowledgeBaseDocumentsCommand,
  IngestKnowledgeBaseDocumentsCommand,
  type IngestionJob,
  type KnowledgeBaseDocumentDetail,
  paginateListKnowledgeBaseDocuments,
  StartIngestionJobCommand,
} from "@aws-sdk/client-bedrock-agent";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { eventually } from "./functions/support.ts";
import {
  deployDataSource,
  deployTenant,
  INDEX_DEFINITION,
  names,
  openSearch,
  TENANTS,
  type TenantId,
} from "./knowledge-account.ts";
import { startTestGateway, type TestGateway } from "./support.ts";

describe("a knowledge base's documents", () => {
  let test: TestGateway;
  beforeEach(async () => {
    test = await startTestGateway((deployment) => {
      deployment.role("admin", {
        policy: [{ Effect: "Allow", Action: ["aoss:*", "bedrock:*"], Resource: "*" }],
      });
      for (const tenant of TENANTS) {
        deployTenant(deployment, tenant);
        deployment.put("aws:iam/rolePolicy:RolePolicy", `${names(tenant).dataRole}:documents`, {
          role: names(tenant).dataRole,
          name: "documents",
          policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: {
              Effect: "Allow",
              Action: ["bedrock:ListKnowledgeBaseDocuments", "bedrock:GetKnowledgeBaseDocuments"],
              Resource: "*",
              Condition: { StringEquals: { "aws:ResourceTag/tenant_id": "${aws:PrincipalTag/tenant_id}" } },
            },
          }),
        });
      }
    });
    for (const tenant of TENANTS)
      await openSearch(test, tenant, "admin").indices.create({
        index: "kb",
        body: INDEX_DEFINITION as object,
      });
  });
  afterEach(() => test.stop());

  const as = (tenant: TenantId) => test.as(names(tenant).dataRole, { tenant_id: tenant });
  const agent = (tenant: TenantId) => new BedrockAgentClient(as(tenant));
  const ids = (tenant: TenantId) => {
    const { knowledgeBaseId, dataSourceId } = names(tenant);
    return { knowledgeBaseId, dataSourceId };
  };
  const at = (key: string, tenant: TenantId = "acme") => ({
    Bucket: names(tenant).bucket,
    Key: `${tenant}/${key}`,
  });
  const uri = (key: string, tenant: TenantId = "acme") => `s3://${names(tenant).bucket}/${tenant}/${key}`;
  const put = (key: string, Body: string | Uint8Array, tenant: TenantId = "acme") =>
    new S3Client(as(tenant)).send(new PutObjectCommand({ ...at(key, tenant), Body }));
  async function ingest(tenant: TenantId = "acme") {
    const client = agent(tenant);
    const { ingestionJob } = await client.send(new StartIngestionJobCommand(ids(tenant)));
    const ingestionJobId = ingestionJob?.ingestionJobId;
    return await eventually<IngestionJob>(async () => {
      const { ingestionJob: job } = await client.send(
        new GetIngestionJobCommand({ ...ids(tenant), ingestionJobId }),
      );
      return (job?.status === "COMPLETE" || job?.status === "FAILED") && job;
    });
  }
  async function list(tenant: TenantId = "acme", of = tenant, pageSize = 2) {
    const found: KnowledgeBaseDocumentDetail[] = [];
    for await (const page of paginateListKnowledgeBaseDocuments({ client: agent(tenant), pageSize }, ids(of)))
      found.push(...(page.documentDetails ?? []));
    return found;
  }
  const statuses = (details: readonly KnowledgeBaseDocumentDetail[]): Record<string, unknown> =>
    Object.fromEntries(details.map(({ identifier, status }) => [identifier?.s3?.uri ?? "", status]));
  const get = async (tenant: TenantId, of: TenantId, documentIdentifiers: DocumentIdentifier[]) => {
    const input = { ...ids(of), documentIdentifiers };
    return (await agent(tenant).send(new GetKnowledgeBaseDocumentsCommand(input))).documentDetails ?? [];
  };
  const s3 = (address: string): DocumentIdentifier => ({ dataSourceType: "S3", s3: { uri: address } });

  it("are listed with what became of each, page by page", async () => {
    await put("a.md", "Storm damage is reported within seven days.");
    await put("b.md", new Uint8Array([0xff, 0xfe, 0x00]));
    await put("c.md", "Glass is covered without a deductible.");
    assert.deepEqual(await list(), []);
    const started = Date.now();
    assert.equal((await ingest()).statistics?.numberOfDocumentsFailed, 1);
    const details = await list();
    assert.deepEqual(statuses(details), {
      [uri("a.md")]: "INDEXED",
      [uri("b.md")]: "FAILED",
      [uri("c.md")]: "INDEXED",
    });
    assert.match(details[1]?.statusReason ?? "", /UTF-8/);
    assert.equal(details[0]?.statusReason, undefined);
    for (const { updatedAt, knowledgeBaseId, dataSourceId } of details) {
      assert.ok((updatedAt?.getTime() ?? 0) >= started);
      assert.deepEqual({ knowledgeBaseId, dataSourceId }, ids("acme"));
    }
  });

  it("that are mended are indexed, as new ones; those that vanish are gone", async () => {
    await put("a.md", "One.");
    await put("b.md", " ");
    await ingest();
    await put("b.md", "Two.");
    await new S3Client(as("acme")).send(new DeleteObjectCommand(at("a.md")));
    const { statistics } = await ingest();
    assert.equal(statistics?.numberOfNewDocumentsIndexed, 1);
    assert.equal(statistics.numberOfDocumentsDeleted, 1);
    assert.deepEqual(statuses(await list()), { [uri("b.md")]: "INDEXED" });
    const [there, gone, never] = await get("acme", "acme", [
      s3(uri("b.md")),
      s3(uri("a.md")),
      s3(uri("a.md", "borealis")),
    ]);
    assert.deepEqual([there?.status, gone?.status, never?.status], ["INDEXED", "NOT_FOUND", "NOT_FOUND"]);
  });

  it("keep what was indexed when a new version can't be", async () => {
    await put("a.md", "One.");
    await ingest();
    await put("a.md", " ");
    await ingest();
    assert.deepEqual(statuses(await list()), { [uri("a.md")]: "FAILED" });
    // Back to what it was: that is in the store, but the document was told to have failed.
    await put("a.md", "One.");
    assert.equal((await ingest()).statistics?.numberOfModifiedDocumentsIndexed, 1);
    assert.deepEqual(statuses(await list()), { [uri("a.md")]: "INDEXED" });
  });

  it("fail together with a job that is refused", async () => {
    await put("a.md", "One.");
    test.deployment.put("aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy", "dev-acme", {
      name: "dev-acme",
      type: "data",
      policy: "[]",
    });
    assert.equal((await ingest()).status, "FAILED");
    const [detail] = await list();
    assert.equal(detail?.status, "FAILED");
    assert.match(detail.statusReason ?? "", /./);
  });

  it("are no other tenant's to see", async () => {
    await put("a.md", "One.", "borealis");
    await ingest("borealis");
    await assert.rejects(list("acme", "borealis"), { name: "AccessDeniedException" });
    await assert.rejects(get("acme", "borealis", [s3(uri("a.md", "borealis"))]), {
      name: "AccessDeniedException",
    });
    const [detail] = await get("acme", "acme", [s3(uri("a.md", "borealis"))]);
    assert.equal(detail?.status, "NOT_FOUND");
  });

  it("are asked for in the forms that are served", async () => {
    await assert.rejects(get("acme", "acme", []), { name: "ValidationException" });
    await assert.rejects(get("acme", "acme", Array(11).fill(s3(uri("a.md"))) as DocumentIdentifier[]), {
      name: "ValidationException",
    });
    await assert.rejects(get("acme", "acme", [{ dataSourceType: "CUSTOM", custom: { id: "1" } }]), /custom/);
    test.deployment.account.deleteResource(
      "aws:bedrock/agentDataSource:AgentDataSource",
      `${names("acme").dataSourceId},${names("acme").knowledgeBaseId}`,
    );
    await assert.rejects(list(), { name: "ResourceNotFoundException" });
    deployDataSource(test.deployment, "acme", names("acme").bucket);
    await assert.rejects(
      agent("acme").send(new IngestKnowledgeBaseDocumentsCommand({ ...ids("acme"), documents: [] })),
    );
  });
});
