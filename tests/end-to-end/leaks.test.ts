/** No prompt, token or document's text in logs, decisions or queues, after everything that the demo does. */
import assert from "node:assert/strict";
import { sampleCanaries, sampleDocuments, sampleQuestions } from "../../local/demo/samples.ts";
import { deployFunction } from "../local/gateway/functions/support.ts";
import { startTestGateway } from "../local/gateway/support.ts";
import { leaks, writtenDown, type Secret } from "../support/leaks.ts";
import { deployed, DEPLOY_TIMEOUT_MS, type Deployed } from "./support/deployed.ts";

describe("what is written down", function () {
  this.timeout(DEPLOY_TIMEOUT_MS);

  let account: Deployed;
  before(async () => {
    account = await deployed();
    await account.scenario.ask(account.tenants.map(({ id }) => id));
  });

  it("holds no question, no answer, no document's text and no token", () => {
    const { embedded, scenario, tenants } = account;
    const written = writtenDown(embedded.folder, embedded.gateway.account);
    assert.ok(
      Object.keys(written).filter((name) => name.startsWith("logs/")).length >= 6,
      "functions have logs",
    );
    assert.ok((written["logs/bulkhead-local-chat.log"] ?? "").includes('"POST /v1/chat"'), "chat was asked");
    const questions = sampleQuestions();
    const secrets: Secret[] = [
      ...Object.entries(sampleCanaries()).map(([tenant, text]) => ({
        what: `the canary of ${tenant}`,
        text,
      })),
      ...questions.map(({ question }) => ({ what: "a question", text: question })),
      ...tenants.flatMap(({ id }) =>
        sampleDocuments(id).map(({ name, content }) => ({
          what: `the text of ${name}`,
          text: longestLine(content),
        })),
      ),
      ...scenario.users.map(({ username, password }) => ({
        what: `the password of ${username}`,
        text: password,
      })),
    ];
    assert.deepEqual(leaks(written, secrets), []);
    for (const [place, text] of Object.entries(written)) {
      assert.doesNotMatch(text, /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\./, `a token in ${place}`);
      assert.doesNotMatch(
        text,
        /"(secretAccessKey|SecretAccessKey|sessionToken)"/,
        `credentials in ${place}`,
      );
    }
  });

  it("has one line for every request, with whose it was and what came of it", () => {
    const { embedded } = account;
    const written = writtenDown(embedded.folder, embedded.gateway.account);
    const lines = (written["logs/bulkhead-local-chat.log"] ?? "")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (JSON.parse(line) as { message: unknown }).message)
      .filter(
        (message): message is Record<string, unknown> => typeof message === "object" && message !== null,
      )
      .filter(({ kind }) => kind === "audit");
    assert.ok(lines.length >= sampleQuestions().length / 2);
    const ids = new Set(lines.map(({ requestId }) => requestId));
    assert.equal(ids.size, lines.length, "each request once");
    for (const line of lines) {
      for (const key of ["requestId", "function", "action", "outcome", "service"])
        assert.equal(typeof line[key], "string", key);
      assert.equal(typeof line["ms"], "number");
      if (line["outcome"] === "ok") assert.equal(typeof line["tenant"], "string");
    }
  });
});

describe("the search for what must not be written down", () => {
  it("finds it in a function's log, in a queue, and in other clothes", async () => {
    const secret = { what: "the question", text: "What is quillfeather's deductible?" };
    const test = await startTestGateway((deployment) => {
      deployFunction(deployment, "talks", {
        code: "exports.handler = async (event) => { console.log(JSON.stringify({ event })); };",
      });
      deployFunction(deployment, "encodes", {
        code: "exports.handler = async (event) => { console.log('x' + Buffer.from('?' + event.question).toString('base64')); };",
      });
      deployFunction(deployment, "quiet", {
        code: "exports.handler = async () => { console.log('asked'); };",
      });
      deployment.queue("dead-letters");
    });
    const event = { question: secret.text };
    for (const name of ["talks", "encodes", "quiet"]) await test.gateway.invokeFunction(name, event);
    test.gateway.account
      .table("sqs-messages")
      .put("dead-letters/1", { body: JSON.stringify({ requestPayload: event }) });
    const found = leaks(writtenDown(test.account.folder, test.gateway.account), [secret]);
    await test.stop();
    assert.deepEqual(found.sort(), [
      "the question in logs/encodes.log",
      "the question in logs/talks.log",
      "the question in sqs-messages",
    ]);
  });
});

function longestLine(text: string): string {
  return text.split("\n").reduce((longest, line) => (line.length > longest.length ? line : longest), "");
}
