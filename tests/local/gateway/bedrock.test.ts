import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BedrockAgentClient,
  GetIngestionJobCommand,
  type IngestionJob,
  ListDataSourcesCommand,
  ListIngestionJobsCommand,
  ListKnowledgeBasesCommand,
  StartIngestionJobCommand,
} from "@aws-sdk/client-bedrock-agent";
import {
  BedrockAgentRuntimeClient,
  RetrieveCommand,
  type RetrievalFilter,
} from "@aws-sdk/client-bedrock-agent-runtime";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  deployDataSource,
  deployTenant,
  DIMENSIONS,
  INDEX_DEFINITION,
  MODEL,
  names,
  openSearch,
  TENANTS,
  type TenantId,
} from "./knowledge-account.ts";
import { type Deployment, startTestGateway, type TestGateway } from "./support.ts";

const CHAT_MODEL = "amazon.nova-lite-v1:0";
const sidecar = (groups?: string[]) =>
  JSON.stringify({
    metadataAttributes: {
      tenant_id: { value: { type: "STRING", stringValue: "acme" }, includeForEmbedding: false },
      ...(groups && {
        groups: { value: { type: "STRING_LIST", stringListValue: groups }, includeForEmbedding: false },
      }),
    },
  });

/** A guardrail, profiles of two tenants, and roles that may use some of them. */
function deployProfiles(deployment: Deployment): void {
  const arn = (resource: string) => `arn:aws:bedrock:us-east-1:111122223333:${resource}`;
  const invoke = { Effect: "Allow", Action: "bedrock:InvokeModel" } as const;
  const model = `arn:aws:bedrock:us-east-1::foundation-model/${CHAT_MODEL}`;
  for (const [id, tenant_id] of [
    ["p1", "acme"],
    ["p2", "borealis"],
  ] as const)
    deployment.put("aws:bedrock/inferenceProfile:InferenceProfile", id, {
      arn: arn(`application-inference-profile/${id}`),
      modelSource: { copyFrom: model },
      tags: { tenant_id },
    });
  deployment.put("aws:bedrock/guardrail:Guardrail", "g1", { guardrailId: "g1", tags: { of: "here" } });
  deployment.put("aws:bedrock/guardrailVersion:GuardrailVersion", "g1,1", {
    guardrailArn: arn("guardrail/g1"),
    version: "1",
  });
  const tagged = (value: string) => ({ StringEquals: { "aws:ResourceTag/tenant_id": value } });
  const anyProfile = arn("application-inference-profile/*");
  const ownProfile = { ...invoke, Resource: anyProfile, Condition: tagged("acme") };
  deployment.role("profile-only", { policy: [ownProfile] });
  deployment.role("profiled", {
    policy: [
      ownProfile,
      {
        ...invoke,
        Resource: model,
        Condition: { ArnLike: { "bedrock:InferenceProfileArn": anyProfile } },
      },
    ],
  });
  const asks = { ...invoke, Resource: model };
  deployment.role("unguarded", { policy: [asks] });
  deployment.role("guarded", {
    policy: [
      asks,
      {
        Effect: "Allow",
        Action: "bedrock:ApplyGuardrail",
        Resource: arn("guardrail/*"),
        Condition: { StringEquals: { "aws:ResourceTag/of": "here" } },
      },
    ],
  });
}

describe("Bedrock", () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway((deployment) => {
      deployment.role("admin", {
        policy: [{ Effect: "Allow", Action: ["aoss:*", "bedrock:*"], Resource: "*" }],
      });
      for (const tenant of TENANTS) deployTenant(deployment, tenant);
      deployProfiles(deployment);
    });
    for (const tenant of TENANTS) {
      await openSearch(test, tenant, "admin").indices.create({
        index: "kb",
        body: INDEX_DEFINITION as object,
      });
    }
  });
  after(() => test.stop());

  const as = (tenant: TenantId) => test.as(names(tenant).dataRole, { tenant_id: tenant });
  const put = (tenant: TenantId, key: string, body: string | Uint8Array) =>
    new S3Client(as(tenant)).send(
      new PutObjectCommand({ Bucket: names(tenant).bucket, Key: `${tenant}/${key}`, Body: body }),
    );
  const ids = (tenant: TenantId) => {
    const { knowledgeBaseId, dataSourceId } = names(tenant);
    return { knowledgeBaseId, dataSourceId };
  };
  async function ingest(tenant: TenantId): Promise<IngestionJob> {
    const client = new BedrockAgentClient(as(tenant));
    const { ingestionJob } = await client.send(new StartIngestionJobCommand(ids(tenant)));
    assert.equal(ingestionJob?.status, "STARTING");
    for (;;) {
      const { ingestionJobId } = ingestionJob;
      const { ingestionJob: job } = await client.send(
        new GetIngestionJobCommand({ ...ids(tenant), ingestionJobId }),
      );
      if (job?.status === "COMPLETE" || job?.status === "FAILED") return job;
      await sleep(10);
    }
  }
  async function retrieve(tenant: TenantId, of: TenantId, text: string, filter?: RetrievalFilter) {
    const { retrievalResults } = await new BedrockAgentRuntimeClient(as(tenant)).send(
      new RetrieveCommand({
        knowledgeBaseId: names(of).knowledgeBaseId,
        retrievalQuery: { text },
        retrievalConfiguration: {
          vectorSearchConfiguration: { numberOfResults: 3, ...(filter && { filter }) },
        },
      }),
    );
    return retrievalResults ?? [];
  }

  describe("ingestion", () => {
    it("takes in what is new, changed or gone, and nothing else", async () => {
      await put("acme", "storm.md", "# Storms\n\nReport storm damage within seven days.");
      await put("acme", "deductible.md", "The deductible is 500 dollars for platinum members.");
      await put("acme", "deductible.md.metadata.json", sidecar(["platinum"]));
      const first = await ingest("acme");
      assert.equal(first.status, "COMPLETE", first.failureReasons?.join());
      assert.deepEqual(
        [
          first.statistics?.numberOfDocumentsScanned,
          first.statistics?.numberOfNewDocumentsIndexed,
          first.statistics?.numberOfMetadataDocumentsScanned,
        ],
        [2, 2, 1],
      );
      assert.equal((await ingest("acme")).statistics?.numberOfNewDocumentsIndexed, 0);

      await put("acme", "storm.md", "# Storms\n\nReport storm damage within nine days.");
      await put("acme", "deductible.md.metadata.json", sidecar(["platinum", "gold"]));
      const changed = await ingest("acme");
      assert.deepEqual(
        [
          changed.statistics?.numberOfModifiedDocumentsIndexed,
          changed.statistics?.numberOfMetadataDocumentsModified,
        ],
        [2, 1],
      );
      const [found] = await retrieve("acme", "acme", "When must storm damage be reported?");
      assert.match(found?.content?.text ?? "", /nine days/);
      assert.equal(found?.location?.s3Location?.uri, "s3://documents-acme/acme/storm.md");

      await new S3Client(as("acme")).send(
        new DeleteObjectCommand({ Bucket: names("acme").bucket, Key: "acme/storm.md" }),
      );
      assert.equal((await ingest("acme")).statistics?.numberOfDocumentsDeleted, 1);
      assert.ok(
        (await retrieve("acme", "acme", "storm damage")).every(
          ({ content }) => !content?.text?.includes("Storms"),
        ),
      );
    });

    it("counts broken documents as failed and takes in the others", async () => {
      await put("acme", "good.txt", "Towing is covered up to 100 miles.");
      await put("acme", "empty.md", " ");
      await put("acme", "binary.txt", new Uint8Array([0xff, 0xfe, 0x00]));
      await put("acme", "picture.png", "x");
      await put("acme", "untagged.md", "text");
      await put("acme", "untagged.md.metadata.json", "{");
      await put("acme", "large.md", "text");
      await put(
        "acme",
        "large.md.metadata.json",
        JSON.stringify({ metadataAttributes: { note: "x".repeat(11_000) } }),
      );
      const job = await ingest("acme");
      assert.deepEqual(
        [job.status, job.statistics?.numberOfDocumentsFailed, job.statistics?.numberOfNewDocumentsIndexed],
        ["COMPLETE", 5, 1],
      );
      assert.equal(job.failureReasons?.length, 5);
      assert.match(job.failureReasons.join("\n"), /empty\.md: the file holds no text/);
      for (const name of ["empty.md", "binary.txt", "picture.png", "untagged.md", "large.md"])
        await new S3Client(as("acme")).send(
          new DeleteObjectCommand({ Bucket: names("acme").bucket, Key: `acme/${name}` }),
        );
    });

    it("fails on a bucket that refuses the knowledge base's role, and writes nothing", async () => {
      await put("acme", "secret.md", "The secret of acme is 4711.");
      deployDataSource(test.deployment, "borealis", names("acme").bucket);
      // Its own policy would let it: only the bucket's policy is left to refuse.
      test.deployment.put("aws:iam/rolePolicy:RolePolicy", "kb.borealis:all", {
        role: "kb.borealis",
        name: "all",
        policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
        }),
      });
      const job = await ingest("borealis");
      assert.equal(job.status, "FAILED");
      assert.match(job.failureReasons?.[0] ?? "", /AccessDenied/);
      assert.deepEqual(await retrieve("borealis", "borealis", "secret of acme"), []);
      deployDataSource(test.deployment, "borealis", names("borealis").bucket);
    });

    it("runs one job of a knowledge base at a time, and knows a repeated request", async () => {
      const client = new BedrockAgentClient(as("acme"));
      const input = { ...ids("acme"), clientToken: "a".repeat(40) };
      const [{ ingestionJob: first }, { ingestionJob: again }] = await Promise.all([
        client.send(new StartIngestionJobCommand(input)),
        client.send(new StartIngestionJobCommand(input)),
      ]);
      assert.equal(first?.ingestionJobId, again?.ingestionJobId);
      await sleep(100);
      const both = await Promise.allSettled(
        [1, 2].map(() => client.send(new StartIngestionJobCommand(ids("acme")))),
      );
      const refused = both.flatMap((each) =>
        each.status === "rejected" ? [(each.reason as Error).name] : [],
      );
      assert.deepEqual(refused, ["ConflictException"]);
      await sleep(100);
    });
  });

  describe("retrieval", () => {
    it("filters by metadata, also lists, and returns it", async () => {
      const question = "What is the deductible?";
      const visible = await retrieve("acme", "acme", question, {
        listContains: { key: "groups", value: "gold" },
      });
      assert.deepEqual(visible[0]?.metadata?.["groups"], ["platinum", "gold"]);
      assert.deepEqual(
        await retrieve("acme", "acme", question, { listContains: { key: "groups", value: "regular" } }),
        [],
      );
      const both = {
        andAll: [{ equals: { key: "tenant_id", value: "acme" } }, { in: { key: "groups", value: ["gold"] } }],
      };
      assert.equal((await retrieve("acme", "acme", question, both)).length, 1);
    });

    const broken: [string, RetrievalFilter][] = [
      ["one member", { andAll: [{ equals: { key: "tenant_id", value: "acme" } }] }],
      ["an operator that is not served", { greaterThan: { key: "year", value: 1 } }],
    ];
    for (const [what, filter] of broken)
      it(`refuses a filter with ${what}`, async () => {
        await assert.rejects(retrieve("acme", "acme", "x", filter), { name: "ValidationException" });
      });

    it("refuses another tenant's knowledge base", async () => {
      await assert.rejects(retrieve("borealis", "acme", "secret"), { name: "AccessDeniedException" });
      const client = new BedrockAgentClient(as("borealis"));
      await assert.rejects(client.send(new StartIngestionJobCommand(ids("acme"))), {
        name: "AccessDeniedException",
      });
      await assert.rejects(retrieve("acme", "acme", "x".repeat(1001)), { name: "ValidationException" });
    });

    it("reads the store with the knowledge base's role, which the collection may refuse", async () => {
      const policy = test.gateway.account.resource(
        "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy",
        "dev-acme",
      )!;
      test.deployment.put(policy.type, policy.id, { ...policy.outputs, policy: "[]" });
      await assert.rejects(retrieve("acme", "acme", "deductible"), { name: "AccessDeniedException" });
      test.deployment.put(policy.type, policy.id, policy.outputs);
      assert.ok((await retrieve("acme", "acme", "deductible")).length > 0);
    });
  });

  describe("models", () => {
    const prompt =
      '<passages>\n<passage id="1">The zorbel of Mirt &amp; Co costs 5 crowns.</passage>\n</passages>\n<question>What does a zorbel of Mirt cost?</question>';
    const messages = [{ role: "user" as const, content: [{ text: prompt }] }];

    it("embed the same text the same way, at length 1", async () => {
      const client = new BedrockRuntimeClient(as("acme"));
      const embedding = async () => {
        const body = JSON.stringify({ inputText: "storm damage", dimensions: DIMENSIONS, normalize: true });
        const answer = await client.send(
          new InvokeModelCommand({ modelId: MODEL, body, contentType: "application/json" }),
        );
        return (JSON.parse(answer.body.transformToString()) as { embedding: number[] }).embedding;
      };
      const [one, two] = [await embedding(), await embedding()];
      assert.deepEqual(one, two);
      assert.ok(Math.abs(Math.hypot(...one) - 1) < 1e-6);
      client.destroy();
    });

    it("answer with citations, at once and as a stream", async () => {
      const client = new BedrockRuntimeClient(as("acme"));
      const { output, stopReason, usage } = await client.send(
        new ConverseCommand({ modelId: CHAT_MODEL, messages }),
      );
      const text = output?.message?.content?.[0]?.text;
      assert.equal(text, "The zorbel of Mirt &amp; Co costs 5 crowns [1].");
      assert.equal(stopReason, "end_turn");
      assert.equal(usage?.totalTokens, (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0));
      const { stream } = await client.send(new ConverseStreamCommand({ modelId: CHAT_MODEL, messages }));
      let streamed = "";
      for await (const event of stream ?? []) streamed += event.contentBlockDelta?.delta?.text ?? "";
      assert.equal(streamed, text);
      client.destroy();
    });

    it("take a guardrail along that the caller may use and that is deployed, version and all", async () => {
      const ask = async (role: string, guardrailIdentifier: string, guardrailVersion: string) => {
        const client = new BedrockRuntimeClient(test.as(role));
        const guardrailConfig = { guardrailIdentifier, guardrailVersion };
        const answer = await client.send(
          new ConverseCommand({ modelId: CHAT_MODEL, messages, guardrailConfig }),
        );
        client.destroy();
        return answer.stopReason;
      };
      assert.equal(await ask("guarded", "g1", "1"), "end_turn");
      assert.equal(
        await ask("guarded", "arn:aws:bedrock:us-east-1:111122223333:guardrail/g1", "1"),
        "end_turn",
      );
      await assert.rejects(ask("guarded", "g1", "2"), { name: "ValidationException" });
      await assert.rejects(ask("guarded", "g2", "1"), { name: "AccessDeniedException" });
      await assert.rejects(ask("unguarded", "g1", "1"), { name: "AccessDeniedException" });
    });

    it("are asked through a profile by whom its tag is for, and then for the model behind it", async () => {
      const ask = async (role: string, modelId: string) => {
        const client = new BedrockRuntimeClient(test.as(role));
        const answer = await client.send(new ConverseCommand({ modelId, messages }));
        client.destroy();
        return answer.stopReason;
      };
      const profile = (id: string) =>
        `arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/${id}`;
      assert.equal(await ask("profiled", profile("p1")), "end_turn");
      const refused = { name: "AccessDeniedException" };
      await assert.rejects(ask("profiled", profile("p2")), refused, "another's tag");
      await assert.rejects(ask("profiled", CHAT_MODEL), refused, "the model by itself");
      await assert.rejects(ask("profile-only", profile("p1")), refused, "the profile without its model");
    });

    it("refuse what they don't know, and whom no policy allows", async () => {
      const client = new BedrockRuntimeClient(as("acme"));
      await assert.rejects(client.send(new ConverseCommand({ modelId: "no model", messages })), {
        name: "ValidationException",
      });
      for (const toolConfig of [{ tools: [{ cachePoint: { type: "default" as const } }] }])
        await assert.rejects(
          client.send(new ConverseCommand({ modelId: CHAT_MODEL, messages, toolConfig })),
          /toolConfig/,
        );
      await assert.rejects(client.send(new ConverseCommand({ modelId: `us.${CHAT_MODEL}`, messages })), {
        name: "AccessDeniedException",
      });
      client.destroy();
    });
  });

  describe("control plane", () => {
    it("lists knowledge bases, data sources and jobs", async () => {
      const client = new BedrockAgentClient(test.as("admin"));
      const { knowledgeBaseSummaries } = await client.send(new ListKnowledgeBasesCommand({}));
      assert.deepEqual(knowledgeBaseSummaries?.map(({ name }) => name).sort(), ["dev-acme", "dev-borealis"]);
      const { dataSourceSummaries } = await client.send(new ListDataSourcesCommand(ids("acme")));
      assert.equal(dataSourceSummaries?.[0]?.dataSourceId, names("acme").dataSourceId);
      const { ingestionJobSummaries } = await client.send(
        new ListIngestionJobsCommand({ ...ids("acme"), maxResults: 1 }),
      );
      assert.equal(ingestionJobSummaries?.length, 1);
      await assert.rejects(new BedrockAgentClient(as("acme")).send(new ListKnowledgeBasesCommand({})), {
        name: "AccessDeniedException",
      });
    });
  });
});
