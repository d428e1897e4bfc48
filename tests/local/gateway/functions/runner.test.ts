import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { AwsError } from "../../../../local/gateway/contract.ts";
import { FunctionError } from "../../../../local/gateway/functions/errors.ts";
import { createFunctionRunner, type FunctionRunner } from "../../../../local/gateway/functions/runner.ts";
import { startTestGateway, type TestGateway } from "../support.ts";
import { deployFunction, logOf, type TestFunction } from "./support.ts";

describe("the deployed functions' execution environments", () => {
  let test: TestGateway;
  let runner: FunctionRunner;
  const deploy = (name: string, of: TestFunction | string): void => {
    deployFunction(test.deployment, name, typeof of === "string" ? { code: of } : of);
  };
  const failure = async (name: string, event: unknown = {}): Promise<FunctionError["payload"]> => {
    const error: unknown = await runner.invoke(name, event).then(
      () => assert.fail(`${name} did not fail`),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof FunctionError, String(error));
    return error.payload;
  };

  before(async () => {
    test = await startTestGateway();
    runner = createFunctionRunner(test.gateway);
  });
  after(async () => {
    await runner.close();
    await test.stop();
  });

  it("runs the code with its event and Lambda's context", async () => {
    deploy(
      "echo",
      `exports.handler = async (event, context) => ({ event, name: context.functionName, arn: context.invokedFunctionArn,
        id: context.awsRequestId, left: context.getRemainingTimeInMillis() });`,
    );
    const answer = (await runner.invoke("echo", { a: [1, "ü"] })) as Record<string, unknown>;
    assert.deepEqual(answer["event"], { a: [1, "ü"] });
    assert.equal(answer["name"], "echo");
    assert.equal(answer["arn"], "arn:aws:lambda:us-east-1:111122223333:function:echo");
    assert.match(String(answer["id"]), /^[0-9a-f-]{36}$/);
    assert.ok(Number(answer["left"]) > 2000 && Number(answer["left"]) <= 3000);
    assert.deepEqual(
      await runner.invoke(answer["arn"], null).then((a) => (a as typeof answer)["event"]),
      null,
    );
  });

  it("answers by callback", async () => {
    deploy(
      "callback",
      "exports.handler = (event, context, callback) => setTimeout(() => callback(null, event.n + 1), 5);",
    );
    assert.equal(await runner.invoke("callback", { n: 1 }), 2);
  });

  it("gives a function its own variables, its role's credentials, and nothing of the host or of another function", async () => {
    const code =
      "exports.handler = async (event) => { if (event.set) process.env.LEAK = event.set; return process.env; };";
    deploy("env-a", { code, variables: { OWN: "a", AWS_ACCESS_KEY_ID: "override" } });
    deploy("env-b", { code, variables: { OWN: "b" } });
    process.env["HOST_SECRET_FOR_TEST"] = "x";
    await runner.invoke("env-a", { set: "from a" });
    const a = (await runner.invoke("env-a", {})) as Record<string, string>;
    const b = (await runner.invoke("env-b", {})) as Record<string, string>;
    delete process.env["HOST_SECRET_FOR_TEST"];
    assert.equal(a["OWN"], "a");
    assert.equal(b["OWN"], "b");
    assert.equal(b["LEAK"], undefined);
    assert.equal(process.env["LEAK"], undefined);
    assert.notEqual(a["AWS_ACCESS_KEY_ID"], "override");
    assert.notEqual(a["AWS_SESSION_TOKEN"], b["AWS_SESSION_TOKEN"]);
    assert.deepEqual(
      Object.keys(b).sort(),
      [
        "AWS_ACCESS_KEY_ID",
        "AWS_CONFIG_FILE",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_REGION",
        "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SHARED_CREDENTIALS_FILE",
        "LAMBDA_TASK_ROOT",
        "OWN",
        "TZ",
        "_HANDLER",
      ].sort(),
    );
  });

  it("runs one invocation at a time in an environment, reuses environments, and never starts more than the limit", async () => {
    deploy(
      "busy",
      `let running = 0, most = 0; const me = Math.random();
       exports.handler = async () => { running++; most = Math.max(most, running); await new Promise((r) => setTimeout(r, 10)); running--; return { me, most }; };`,
    );
    const answers = (await Promise.all(Array.from({ length: 30 }, () => runner.invoke("busy", {})))) as {
      me: number;
      most: number;
    }[];
    assert.ok(answers.every(({ most }) => most === 1));
    const environments = new Set(answers.map(({ me }) => me)).size;
    assert.ok(environments > 1 && environments <= 8, String(environments));
  });

  it("in tenant isolation mode serves each tenant by environments of its own, and nobody without one", async () => {
    const code = `const me = Math.random(); let seen = "";
       exports.handler = async (event, context) => { seen += event.tenant + " "; await new Promise((r) => setTimeout(r, 5));
         return { me, seen, tenant: context.tenantId }; };`;
    deploy("isolated", { code, perTenant: true });
    deploy("together", code);
    const calls = Array.from({ length: 24 }, (_, n) => ["acme", "acme-2", "borealis"][n % 3] ?? "");
    const answers = (await Promise.all(
      calls.map((tenant) => runner.invoke("isolated", { tenant }, { tenantId: tenant })),
    )) as { me: number; seen: string; tenant: string }[];
    for (const [n, { seen, tenant }] of answers.entries()) {
      assert.equal(tenant, calls[n]);
      assert.deepEqual([...new Set(seen.trim().split(" "))], [calls[n]]);
    }
    const refused = { name: "AwsError", code: "InvalidParameterValueException" };
    await assert.rejects(runner.invoke("isolated", {}), refused);
    await assert.rejects(runner.invoke("isolated", {}, { tenantId: "" }), refused);
    await assert.rejects(runner.invoke("isolated", {}, { tenantId: "a\nb" }), refused);
    await assert.rejects(runner.invoke("together", {}, { tenantId: "acme" }), refused);
  });

  it("throttles past the reserved concurrency", async () => {
    deploy("reserved", {
      code: "exports.handler = () => new Promise((r) => setTimeout(r, 50));",
      reservedConcurrentExecutions: 1,
    });
    const both = await Promise.allSettled([runner.invoke("reserved", {}), runner.invoke("reserved", {})]);
    assert.equal(both[0].status, "fulfilled");
    assert.ok(both[1].status === "rejected" && both[1].reason instanceof AwsError);
    assert.equal(both[1].reason.code, "TooManyRequestsException");
  });

  it("ends an invocation that takes too long, even in an endless loop, and goes on with a new environment", async () => {
    deploy("slow", {
      code: "exports.handler = async (e) => { if (e.loop) for (;;); return 1; };",
      timeout: 1,
    });
    const { errorType, errorMessage } = await failure("slow", { loop: true });
    assert.equal(errorType, "Sandbox.Timedout");
    assert.match(errorMessage, /Task timed out after 1\.00 seconds$/);
    assert.equal(await runner.invoke("slow", {}), 1);
  });

  it("survives what kills an environment", async () => {
    deploy(
      "dies",
      `exports.handler = async (e) => {
        if (e.how === "exit") process.exit(3);
        if (e.how === "uncaught") { setTimeout(() => { throw new RangeError("later"); }); return new Promise(() => {}); }
        if (e.how === "memory") { const all = []; for (;;) all.push(new Array(1e5).fill(all.length)); }
        return "alive"; };`,
    );
    assert.equal((await failure("dies", { how: "exit" })).errorType, "Runtime.ExitError");
    assert.equal((await failure("dies", { how: "uncaught" })).errorType, "RangeError");
    assert.equal((await failure("dies", { how: "memory" })).errorType, "Runtime.OutOfMemory");
    assert.equal(await runner.invoke("dies", {}), "alive");
  });

  it("tells a thrown error by type and message, and keeps the stack for the log", async () => {
    deploy(
      "throws",
      'exports.handler = async () => { console.log("before"); throw new TypeError("no such thing"); };',
    );
    assert.deepEqual(await failure("throws"), { errorType: "TypeError", errorMessage: "no such thing" });
    const lines = logOf(test.account.folder, "throws");
    assert.equal(lines[0]?.["message"], "before");
    assert.match(String(lines[0]["requestId"]), /^[0-9a-f-]{36}$/);
    assert.match(String(lines[1]?.["message"]), /Invoke Error TypeError: no such thing\n.*index\.js/);
  });

  it("cannot be misled by what the code prints or posts", async () => {
    deploy(
      "prints",
      String.raw`exports.handler = async () => {
        require("node:worker_threads").parentPort.postMessage({ type: "answer", id: "another", json: "1" });
        require("node:worker_threads").parentPort.postMessage("nonsense");
        console.log("a\n{\"level\":\"FORGED\"}"); console.log(JSON.stringify({ audit: true })); return 2; };`,
    );
    assert.equal(await runner.invoke("prints", {}), 2);
    const lines = logOf(test.account.folder, "prints");
    assert.ok(lines.every((line) => line["level"] === "INFO"));
    assert.deepEqual(lines[1]?.["message"], { audit: true });
  });

  it("imports what is in the code and the AWS SDK, and nothing of this project", async () => {
    deploy("imports", "exports.handler = async (e) => Object.keys(require(e.name)).length > 0;");
    assert.equal(await runner.invoke("imports", { name: "node:fs" }), true);
    assert.equal(await runner.invoke("imports", { name: "@aws-sdk/client-sts" }), true);
    assert.match((await failure("imports", { name: "zod" })).errorMessage, /Cannot find/);
  });

  it("says what is wrong with code that does not load", async () => {
    deploy("missing", 'require("./nowhere"); exports.handler = async () => 1;');
    deploy("syntax", "exports.handler = (");
    deploy("nothing", "exports.other = 1;");
    assert.equal((await failure("missing")).errorType, "Runtime.ImportModuleError");
    assert.equal((await failure("syntax")).errorType, "Runtime.UserCodeSyntaxError");
    assert.deepEqual(await failure("nothing"), {
      errorType: "Runtime.HandlerNotFound",
      errorMessage: "index.handler is undefined or not exported",
    });
  });

  it("takes new code and new configuration at the next invocation", async () => {
    deploy("changes", { code: "exports.handler = async () => [1, process.env.V];", variables: { V: "a" } });
    assert.deepEqual(await runner.invoke("changes", {}), [1, "a"]);
    deploy("changes", { code: "exports.handler = async () => [1, process.env.V];", variables: { V: "b" } });
    assert.deepEqual(await runner.invoke("changes", {}), [1, "b"]);
    await delay(5);
    deploy("changes", { code: "exports.handler = async () => [22, process.env.V];", variables: { V: "b" } });
    assert.deepEqual(await runner.invoke("changes", {}), [22, "b"]);
  });

  it("does not run a function whose role Lambda may not take on", async () => {
    deploy("distrusted", {
      code: "exports.handler = async () => 1;",
      trust: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
    });
    await assert.rejects(runner.invoke("distrusted", {}), { code: "AccessDeniedException" });
  });

  it("refuses what it can't run by name", async () => {
    deploy("python", "");
    test.deployment.put("aws:lambda/function:Function", "python", {
      ...test.deployment.account.resource("aws:lambda/function:Function", "python")?.outputs,
      runtime: "python3.13",
    });
    await assert.rejects(runner.invoke("python", {}), /python3\.13/);
    await assert.rejects(runner.invoke("nobody", {}), { code: "ResourceNotFoundException" });
    await assert.rejects(runner.invoke("../echo", {}), { code: "ValidationException" });
  });

  it("limits event and answer to six megabytes", async () => {
    deploy("large", 'exports.handler = async (e) => "x".repeat(e.n);');
    await assert.rejects(runner.invoke("large", { pad: "x".repeat(6 * 1024 * 1024) }), {
      code: "RequestTooLargeException",
    });
    assert.equal((await failure("large", { n: 7e6 })).errorType, "Function.ResponseSizeTooLarge");
  });

  it("gives way to another function when all environments are in use, without a deadlock", async () => {
    const small = createFunctionRunner(test.gateway, { total: 2, perFunction: 2 });
    deploy("first", "exports.handler = () => new Promise((r) => setTimeout(r, 30, 1));");
    deploy("second", "exports.handler = async () => 2;");
    const all = await Promise.all(
      ["first", "first", "first", "second", "second"].map((name) => small.invoke(name, {})),
    );
    assert.deepEqual(all, [1, 1, 1, 2, 2]);
    await small.close();
    await assert.rejects(small.invoke("second", {}), /closing/);
  });
});
