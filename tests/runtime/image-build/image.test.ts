import assert from "node:assert/strict";
import { CodeBuildClient, StartBuildCommand } from "@aws-sdk/client-codebuild";
import { ECRClient } from "@aws-sdk/client-ecr";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { strToU8, zipSync } from "fflate";
import { buildPolicy, buildTrust } from "../../../infra/documents/agent-roles.ts";
import { functionPolicy } from "../../../infra/documents/function-roles.ts";
import { platformNames } from "../../../runtime/contract/names.ts";
import { image } from "../../../runtime/image-build/image.ts";
import { type Deployment, startTestGateway, type TestGateway } from "../../local/gateway/support.ts";

const PLACE = { environment: "dev", account: "111122223333", region: "us-east-1" };
const names = platformNames(PLACE);
const URI = `111122223333.dkr.ecr.us-east-1.amazonaws.com/${names.agentRepository}`;
const statementsOf = (policy: string) => (JSON.parse(policy) as { Statement: [] }).Statement;

function deploy(deployment: Deployment): void {
  deployment.role("admin", { policy: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] });
  deployment.role(names.functionRoleName("image-build"), {
    policy: statementsOf(functionPolicy(PLACE, "image-build")),
  });
  const serviceRole = deployment.role(names.agentBuildRoleName, {
    trust: statementsOf(buildTrust(PLACE)),
    policy: statementsOf(buildPolicy(PLACE)),
  });
  deployment.bucket(names.buildBucket);
  deployment.bucket("elsewhere");
  deployment.put("aws:ecr/repository:Repository", names.agentRepository, {
    name: names.agentRepository,
    imageTagMutability: "IMMUTABLE",
  });
  deployment.put("aws:codebuild/project:Project", names.agentBuild, {
    name: names.agentBuild,
    serviceRole,
    environment: { environmentVariables: [{ name: "REPOSITORY_URI", value: URI }] },
  });
}

describe("the build of the agent's image", () => {
  let test: TestGateway;
  let started = 0;
  before(async () => {
    test = await startTestGateway(deploy);
    await put(names.buildBucket, "agent/a.zip", { Dockerfile: "FROM x", "buildspec.yml": "version: 0.2" });
    await put(names.buildBucket, "agent/b.zip", { Dockerfile: "FROM y", "buildspec.yml": "version: 0.2" });
    await put(names.buildBucket, "agent/none.zip", { "index.js": "" });
    await put("elsewhere", "a.zip", { Dockerfile: "FROM x", "buildspec.yml": "version: 0.2" });
  });
  after(() => test.stop());
  beforeEach(() => {
    started = 0;
  });

  const put = async (Bucket: string, Key: string, files: Readonly<Record<string, string>>) => {
    const zip = zipSync(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])),
    );
    await new S3Client(test.as("admin")).send(new PutObjectCommand({ Bucket, Key, Body: zip }));
  };
  const kind = (role = names.functionRoleName("image-build")) => {
    const builds = new CodeBuildClient(test.as(role));
    const counted = {
      send: (command: Parameters<typeof builds.send>[0]) => {
        if (command instanceof StartBuildCommand) started += 1;
        return builds.send(command);
      },
    } as Pick<CodeBuildClient, "send">;
    return image(
      { builds: counted, images: new ECRClient(test.as(role)) },
      { seconds: 5, everySeconds: 0.02 },
    );
  };
  const body = (tag: string, context = `${names.buildBucket}/agent/a.zip`) => ({
    project: names.agentBuild,
    repository: names.agentRepository,
    context,
    tag,
    baseImage: "public.ecr.aws/docker/library/node:22-slim",
  });

  it("answers with the digest, and builds once for a context", async () => {
    const first = await kind().apply("agent", body("one"));
    assert.match(String(first["digest"]), /^sha256:[0-9a-f]{64}$/);
    assert.equal(started, 1);
    assert.deepEqual(await kind().apply("agent", body("one")), first);
    assert.equal(started, 1, "it is there");
    const other = await kind().apply("agent", body("two", `${names.buildBucket}/agent/b.zip`));
    assert.notEqual(other["digest"], first["digest"]);
    assert.equal(started, 2);
  });

  it("waits for a build that is under way", async () => {
    const builds = new CodeBuildClient(test.as(names.functionRoleName("image-build")));
    await builds.send(
      new StartBuildCommand({
        projectName: names.agentBuild,
        sourceLocationOverride: `${names.buildBucket}/agent/a.zip`,
        environmentVariablesOverride: [
          { name: "IMAGE_TAG", value: "three" },
          { name: "NODE_IMAGE", value: "node" },
        ],
      }),
    );
    await kind().apply("agent", body("three"));
    assert.equal(started, 0);
  });

  const FAILING = [
    [
      "a context that is not there",
      "none",
      `${names.buildBucket}/agent/missing.zip`,
      /is FAILED: .*can't be read/,
    ],
    [
      "a context without a Dockerfile",
      "none",
      `${names.buildBucket}/agent/none.zip`,
      /no Dockerfile, buildspec\.yml/,
    ],
    ["a bucket that is not for builds", "none", "elsewhere/a.zip", /is FAILED: .*can't be read/],
  ] as const;
  for (const [what, tag, context, words] of FAILING)
    it(`fails by ${what}, and says so`, () =>
      assert.rejects(kind().apply("agent", body(tag, context)), words));

  it("is the function's alone to start", async () => {
    await assert.rejects(kind("admin").apply("agent", body("four")), { name: "AccessDeniedException" });
  });

  it("takes no other body", () => {
    assert.throws(() => kind().parse({ ...body("a"), more: 1 }));
    assert.throws(() => kind().parse({ ...body("../a") }));
    assert.deepEqual(kind().parse(body("a")), body("a"));
  });
});
