import {
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  type InvokeCommandInput,
} from "@aws-sdk/client-lambda";
import assert from "node:assert/strict";
import { deployFunction, functionArn, logOf, permit } from "./functions/support.ts";
import { roleArn, startTestGateway, type TestGateway } from "./support.ts";

describe("Lambda's Invoke", () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway((deployment) => {
      const code =
        "exports.handler = async (e) => { if (e.fail) throw new TypeError('no'); console.log('ran', e.n); return { got: e }; };";
      deployFunction(deployment, "work", { code });
      deployFunction(deployment, "other", { code });
      deployFunction(deployment, "isolated", {
        code: "exports.handler = async (e, c) => c.tenantId;",
        perTenant: true,
      });
      deployment.role("caller", {
        policy: [
          {
            Effect: "Allow",
            Action: "lambda:InvokeFunction",
            Resource: [functionArn("work"), functionArn("isolated")],
          },
        ],
      });
      deployment.role("listed");
      deployment.role("nobody");
      permit(deployment, "work", roleArn("listed"));
    });
  });
  after(() => test.stop());

  const invoke = async (role: string, input: Partial<InvokeCommandInput> & { FunctionName: string }) => {
    const client = new LambdaClient(test.as(role));
    const { Payload, ...rest } = await client.send(new InvokeCommand(input));
    return { ...rest, text: Payload && Buffer.from(Payload).toString() };
  };
  const payload = (event: unknown): Buffer => Buffer.from(JSON.stringify(event));

  it("runs a function by name and by ARN", async () => {
    for (const FunctionName of ["work", functionArn("work"), "work:$LATEST"]) {
      const answer = await invoke("caller", { FunctionName, Payload: payload({ n: 1 }) });
      assert.equal(answer.StatusCode, 200);
      assert.equal(answer.FunctionError, undefined);
      assert.equal(answer.text, '{"got":{"n":1}}');
    }
    assert.equal((await invoke("caller", { FunctionName: "work" })).text, '{"got":{}}');
  });

  it("tells a function's failure as such, without a stack", async () => {
    const answer = await invoke("caller", { FunctionName: "work", Payload: payload({ fail: true }) });
    assert.equal(answer.StatusCode, 200);
    assert.equal(answer.FunctionError, "Unhandled");
    assert.equal(answer.text, '{"errorType":"TypeError","errorMessage":"no"}');
  });

  it("takes an event and answers before it was handled", async () => {
    const answer = await invoke("caller", {
      FunctionName: "work",
      InvocationType: "Event",
      Payload: payload({ n: "later" }),
    });
    assert.equal(answer.StatusCode, 202);
    const until = Date.now() + 3000;
    const ran = (): boolean =>
      logOf(test.account.folder, "work").some((line) => line["message"] === "ran later");
    while (!ran() && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(ran());
  });

  const REFUSED = [
    ["a role without the permission", "nobody", "work"],
    ["a role with the permission for another function", "caller", "other"],
    ["one that does not exist, to who may not know", "nobody", "missing"],
  ] as const;
  for (const [what, role, FunctionName] of REFUSED)
    it(`refuses ${what}`, () =>
      assert.rejects(invoke(role, { FunctionName }), { name: "AccessDeniedException" }));

  it("lets in whom the function's own permissions name", async () => {
    assert.equal((await invoke("listed", { FunctionName: "work" })).StatusCode, 200);
    await assert.rejects(invoke("listed", { FunctionName: "other" }), { name: "AccessDeniedException" });
  });

  it("takes a tenant for a function in tenant isolation mode, and for no other", async () => {
    const answer = await invoke("caller", { FunctionName: "isolated", TenantId: "acme" });
    assert.equal(answer.text, '"acme"');
    const refused = { name: "InvalidParameterValueException" };
    await assert.rejects(invoke("caller", { FunctionName: "isolated" }), refused);
    await assert.rejects(invoke("caller", { FunctionName: "work", TenantId: "acme" }), refused);
  });

  it("refuses what it does not know by name", async () => {
    await assert.rejects(invoke("caller", { FunctionName: "work", Qualifier: "7" }), /only \$LATEST/);
    await assert.rejects(invoke("caller", { FunctionName: "work", LogType: "Tail" }), /x-amz-log-type/);
    await assert.rejects(invoke("caller", { FunctionName: "work", Payload: Buffer.from("{") }), {
      name: "InvalidRequestContentException",
    });
    await assert.rejects(
      new LambdaClient(test.as("caller")).send(new ListFunctionsCommand({})),
      /not served locally/,
    );
  });
});
