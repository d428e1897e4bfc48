import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { SignJWT } from "jose";
import { RUNTIME, runtimeArn } from "../../../local/gateway/agent/runtime.ts";
import { SigningKeys } from "../../../local/gateway/issuer/keys.ts";
import { imagesOf, REPOSITORY } from "../../../local/gateway/services/images.ts";
import { keepContext, readDockerfile } from "../../../local/gateway/services/image-tree.ts";
import { PROJECT } from "../../../local/paths.ts";
import { startTestGateway, type TestGateway } from "./support.ts";

const POOL = "us-east-1_AgentCore";
const ISSUER = `https://cognito-idp.us-east-1.amazonaws.com/${POOL}`;
const DIGEST = `sha256:${"cd".repeat(32)}`;
const DOCKERFILE = readFileSync(join(PROJECT, "runtime", "agent", "Dockerfile"), "utf8");
const SESSION_HEADER = "x-amzn-bedrock-agentcore-runtime-session-id";

/** A container that tells what reached it. */
const CONTAINER = `
  const { createServer } = require("node:http");
  createServer((request, response) => {
    if (request.url === "/ping") return response.end("{}");
    let body = "";
    request.on("data", (part) => (body += part)).on("end", () => {
      if (body.includes("crash")) return response.socket.destroy();
      response.writeHead(200, { "content-type": "application/json", "x-inside": "secret" });
      response.end(JSON.stringify({ url: request.url, headers: request.headers, body, who: process.env.WHO }));
    });
  }).listen(Number(process.env.PORT), process.env.HOST);`;

describe("AgentCore", function () {
  this.timeout(180_000);

  let test: TestGateway;
  let keys: SigningKeys;
  before(async () => {
    test = await startTestGateway((deployment) => {
      const role = deployment.role("agent", {
        trust: [
          {
            Effect: "Allow",
            Principal: { Service: "bedrock-agentcore.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: { ArnLike: { "aws:SourceArn": runtimeArn("agent-*") } },
          },
        ],
      });
      deployment.put("aws:cognito/userPool:UserPool", POOL, { id: POOL, name: "pool" });
      deployment.put(REPOSITORY, "agent", { name: "agent" });
      const runtime = (id: string, changes: object = {}): void => {
        deployment.put(RUNTIME, id, {
          agentRuntimeId: id,
          agentRuntimeVersion: "1",
          roleArn: role,
          agentRuntimeArtifact: {
            containerConfiguration: {
              containerUri: `111122223333.dkr.ecr.us-east-1.amazonaws.com/agent@${DIGEST}`,
            },
          },
          environmentVariables: { WHO: id },
          authorizerConfiguration: {
            customJwtAuthorizer: {
              discoveryUrl: `${ISSUER}/.well-known/openid-configuration`,
              allowedClients: ["people"],
            },
          },
          requestHeaderConfiguration: { requestHeaderAllowlists: ["Authorization"] },
          ...changes,
        });
      };
      runtime("agent-1");
      runtime("agent-2", { requestHeaderConfiguration: null });
      runtime("agent-3", { authorizerConfiguration: null });
      runtime("other-1");
    });
    const { account } = test.gateway;
    keepContext(
      account.folder,
      DIGEST,
      zipSync({ Dockerfile: Buffer.from(DOCKERFILE), "index.js": Buffer.from(CONTAINER) }),
    );
    imagesOf(account, "agent").put({ digest: DIGEST, tag: "t", pushed: "2026-11-22T00:00:00Z" });
    keys = new SigningKeys(account);
  });
  after(() => test.stop());

  async function token(claims: object = {}, expires = "5m"): Promise<string> {
    const { kid, key } = await keys.signing(POOL);
    return new SignJWT({ client_id: "people", token_use: "access", ...claims })
      .setProtectedHeader({ alg: "RS256", kid })
      .setIssuer(ISSUER)
      .setExpirationTime(expires)
      .sign(key);
  }
  const invoke = async (id: string, headers: Record<string, string> = {}, body = "{}", query = "") =>
    fetch(`${test.gateway.origin}/runtimes/${encodeURIComponent(runtimeArn(id))}/invocations${query}`, {
      method: "POST",
      headers: { authorization: `Bearer ${await token()}`, ...headers },
      body,
    });
  interface Told {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly who: string;
  }

  it("passes on a request with its token, a session of its own, and no header that is not listed", async () => {
    const response = await invoke("agent-1", { "x-tenant-id": "globex", cookie: "a=b" }, '{"question":"q"}');
    const { url, headers, body, who } = (await response.json()) as Told;
    assert.deepEqual([response.status, url, body, who], [200, "/invocations", '{"question":"q"}', "agent-1"]);
    assert.match(headers["authorization"] ?? "", /^Bearer /);
    assert.ok((headers[SESSION_HEADER] ?? "").length >= 33);
    assert.equal(response.headers.get(SESSION_HEADER), headers[SESSION_HEADER]);
    assert.deepEqual([headers["x-tenant-id"], headers["cookie"]], [undefined, undefined]);
    assert.equal(response.headers.get("x-inside"), null);
  });

  it("passes on no token that the runtime does not list", async () => {
    const { headers, who } = (await (await invoke("agent-2")).json()) as Told;
    assert.deepEqual([headers["authorization"], who], [undefined, "agent-2"]);
  });

  it("keeps a client's own session, if it has 33 to 256 characters", async () => {
    const session = "s".repeat(33);
    const { headers } = (await (await invoke("agent-1", { [SESSION_HEADER]: session })).json()) as Told;
    assert.equal(headers[SESSION_HEADER], session);
    for (const wrong of ["s".repeat(32), "s".repeat(257)])
      assert.equal((await invoke("agent-1", { [SESSION_HEADER]: wrong })).status, 400);
  });

  it("refuses tokens that are not of the issuer, for the client, and in time", async () => {
    const { key } = await keys.signing(POOL);
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from("{}").toString("base64url")}.x`;
    const foreign = await new SignJWT({ client_id: "people" })
      .setProtectedHeader({ alg: "RS256", kid: "another" })
      .setIssuer(ISSUER)
      .setExpirationTime("5m")
      .sign(key);
    const cases: Readonly<Record<string, string>> = {
      "no token": "",
      "another scheme": "Basic abc",
      "no algorithm": `Bearer ${unsigned}`,
      "another key's id": `Bearer ${foreign}`,
      "another client": `Bearer ${await token({ client_id: "machine" })}`,
      "no client": `Bearer ${await token({ client_id: undefined })}`,
      "a token that ended": `Bearer ${await token({}, "-1m")}`,
    };
    for (const [what, authorization] of Object.entries(cases)) {
      const response = await invoke("agent-1", { authorization });
      assert.equal(response.status, 401, what);
      assert.ok(response.headers.get("www-authenticate")?.startsWith("Bearer"), what);
    }
  });

  it("serves what is deployed, where it is deployed, as its role lets it", async () => {
    assert.equal((await invoke("none-1")).status, 404);
    assert.equal((await invoke("agent-1", {}, "{}", "?qualifier=other")).status, 404);
    assert.equal((await invoke("agent-1", {}, "{}", "?qualifier=DEFAULT")).status, 200);
    assert.equal((await invoke("agent-3")).status, 403);
    assert.equal((await invoke("other-1")).status, 403);
  });

  it("says so when the container does not answer", async () => {
    assert.equal((await invoke("agent-1", {}, "crash")).status, 424);
    assert.equal((await invoke("agent-1")).status, 200);
  });
});

describe("an image's files", () => {
  it("are what the agent's Dockerfile copies, and what it starts", () => {
    assert.deepEqual(readDockerfile(DOCKERFILE), {
      workdir: "/agent",
      command: "index.js",
      copies: [{ from: "index.js", to: "/agent/index.js" }],
      variables: { NODE_ENV: "production" },
    });
  });

  for (const line of [
    "RUN npm ci",
    "ADD https://example.com/x /",
    "COPY . .",
    "ENTRYPOINT sh",
    'CMD ["sh", "-c", "x"]',
    "VOLUME /x",
  ])
    it(`are not made of ${line}`, () => {
      assert.throws(() => readDockerfile(`${DOCKERFILE}\n${line}`), /does not serve this of a Dockerfile/);
    });
});
