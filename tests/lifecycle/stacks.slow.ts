import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument, stringify } from "yaml";
import { LOCAL_ACCOUNT, LOCAL_REGION, OPERATOR } from "../../local/account/identity.ts";
import { clientConfig, Operator } from "../../local/demo/operator.ts";
import { EngineError } from "../../local/engine/engine.ts";
import { PATHS } from "../../local/gateway/contract.ts";
import { reachable } from "../../runtime/canary/target.ts";
import type { MeResponse } from "../../runtime/contract/api.ts";
import { CANARY_CLIENT, platformNames, type FunctionName } from "../../runtime/contract/names.ts";
import { SCOPES } from "../../runtime/contract/registry.ts";
import { ApiClient } from "../../verify/api-client.ts";
import { deploymentOf } from "../../verify/aws-target.ts";
import { withoutControls } from "../end-to-end/support/ablation.ts";
import { isUnchanged, Life, timed } from "./support/lifecycle.ts";
import type { ProjectCopy } from "./support/project.ts";
import { collector } from "./support/steps.ts";

const NAMES = platformNames({ environment: "dev", account: LOCAL_ACCOUNT, region: LOCAL_REGION });
const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";

interface Distribution {
  readonly origins: readonly { readonly customHeaders?: readonly { readonly value: string }[] }[];
}

/** What the canary takes: one tenant of each tier, nobody's; here each with an identity provider of its own, of either kind. */
const CANARY = {
  name: "Canary",
  status: "active",
  plan: "standard",
  admin: "canary@example.com",
  machineClients: [{ name: CANARY_CLIENT, scopes: [...SCOPES] }],
};
const CANARIES = {
  "canary-a": {
    tier: "silo",
    identityProvider: { type: "saml", metadataUrl: "https://login.canary-a.example/metadata" },
  },
  "canary-b": {
    tier: "pool",
    identityProvider: { type: "oidc", issuer: "https://login.canary-b.example", clientId: "bulkhead" },
  },
};

/** Sets one in the stack's file, of which the engine may have kept no comment. */
function set(project: ProjectCopy, stack: string, key: string, value: unknown): void {
  const file = `Pulumi.${stack}.yaml`;
  const document = parseDocument(readFileSync(join(project.folder, file), "utf8"));
  document.setIn(["config", `bulkhead:${key}`], value);
  project.write(file, document.toString());
}

const STACKS = {
  local: (project: ProjectCopy): void => {
    for (const other of ["borealis"]) project.remove(`tenants/config/local/${other}.yaml`);
    set(project, "local", "protectTenants", "true");
  },
  // All parts, with every default but what takes time here and shows nothing.
  dev: (project: ProjectCopy): void => {
    for (const [id, more] of Object.entries(CANARIES))
      project.write(`tenants/config/dev/${id}.yaml`, stringify({ ...CANARY, id, ...more }));
    // The embedded account's PostgreSQL comes without this extension.
    project.edit("infra/claims-database.ts", '["pgaudit"]', "[]");
    set(project, "dev", "consoleUrls", ["https://assistant.example.com/"]);
    set(project, "dev", "oidcClientSecret.canary-b", "of the tenant's own provider");
    set(project, "dev", "indexSettleSeconds", "0");
    set(project, "dev", "embeddingDimensions", "256");
    set(project, "dev", "referenceFolder", "local/sample/reference");
  },
} as const;

for (const [stack, prepare] of Object.entries(STACKS))
  describe(`stack ${stack}`, function () {
    this.timeout(900_000);
    this.bail(true); // each step stands on the one before
    const life = new Life(stack, prepare);

    before(() => life.begin());
    after(() => life.end());

    it("is made by up", async () => {
      const { changes } = await timed("up", () => life.engine.up());
      assert.deepEqual(Object.keys(changes), ["create"]);
      assert.ok(life.resources().length > 100, `${life.resources().length} resources`);
    });

    it("is left alone by a second up", async () => {
      const { changes } = await timed("second up", () => life.engine.up());
      assert.ok(isUnchanged(changes), JSON.stringify(changes));
    });

    it("is what the state says: a refresh finds no drift", async () => {
      const changes = await timed("refresh", () => life.engine.refresh());
      assert.ok(isUnchanged(changes), JSON.stringify(changes));
    });

    it("previews a change, argument by argument, and nothing beside it", async () => {
      const [id, name] = stack === "dev" ? ["canary-a", "Canary"] : ["acme", "Acme Insurance"];
      const file = `tenants/config/${stack}/${id}.yaml`;
      life.project.edit(file, `name: ${name}`, "name: Changed");
      const { steps, onEvent } = collector();
      await timed("preview --diff", () => life.engine.preview({ diff: true, onEvent }));
      const changed = steps.filter(({ op }) => op !== "same");
      assert.deepEqual(
        changed.map(({ op, type, diffs }) => ({ op, type, diffs })),
        [{ op: "update", type: "aws:dynamodb/tableItem:TableItem", diffs: ["item"] }],
      );
      assert.match(life.log(), new RegExp(`${name}.*=>.*Changed`));
      life.project.edit(file, "name: Changed", `name: ${name}`);
    });

    if (stack === "dev") {
      // What is called here comes by CloudFront, and passes the firewall before the stage.
      it("has a canary that completes a round", async () => {
        const { FunctionError, said } = await timed("canary", () => invoked(life, "canary"));
        assert.equal(FunctionError, undefined, `${said}\n${logOf(life, "canary")}`);
        const { refused } = JSON.parse(said) as { refused: number };
        assert.ok(refused > 100, said);
      });

      it("has a canary that fails once isolation is broken, of which an alarm tells", async () => {
        const { account } = life.gateway;
        const restore = [
          await withoutControls(account, "identity"),
          await withoutControls(account, "resources"),
        ];
        const { FunctionError, said } = await timed("broken", () => invoked(life, "canary"));
        for (const each of restore.reverse()) await each();
        // What Lambda counts as an error of the function.
        assert.equal(FunctionError, "Unhandled", said);
        assert.match(said, /isolation or the main job did not hold/);
        assert.match(logOf(life, "canary"), /canary-b[^"]*: was allowed/);
        const { outputs = {} } = account.find(ALARM, "name", NAMES.alarm("canary-failed")) ?? {};
        const { metricName, dimensions, alarmActions } = outputs as Record<string, unknown>;
        assert.deepEqual(
          { metricName, dimensions },
          { metricName: "Errors", dimensions: { FunctionName: NAMES.functionName("canary") } },
        );
        assert.deepEqual(
          alarmActions,
          life.resources("aws:sns/topic:Topic").map((topic) => topic.outputs["arn"]),
        );
      });

      it("signs people in with a second factor, and answers them by its edge alone", async () => {
        const deployment = deploymentOf(await life.engine.outputs());
        const operator = new Operator(life.gateway, deployment);
        const email = "jane@canary-a.example";
        const user = await operator.invite({ username: "jane", email, tenant: "canary-a", groups: [] });
        const { accessToken } = await operator.signIn(user);
        const edge = reachable(deployment.apiUrl, life.gateway.origin);
        assert.match(edge, /\/_edge\/[a-z0-9]+\.cloudfront\.net$/);
        const { status, body } = await new ApiClient(edge, accessToken).me();
        assert.equal(status, 200);
        assert.equal((body as MeResponse).tenant.id, "canary-a");
        const [api] = life.resources("aws:apigateway/restApi:RestApi");
        const around = new ApiClient(life.gateway.origin + PATHS.stage(api?.id ?? "", "live"), accessToken);
        assert.equal((await around.me()).status, 403);
      });

      it("has an identity provider, a client and a page of its own for each tenant that asks for it", () => {
        const of = (type: string) => life.resources(`aws:cognito/${type}`).map(({ outputs }) => outputs);
        const providers = of("identityProvider:IdentityProvider");
        assert.deepEqual(providers.map((each) => each["providerType"]).sort(), ["OIDC", "SAML"]);
        for (const { providerName } of providers) {
          const clients = of("userPoolClient:UserPoolClient").filter(({ supportedIdentityProviders: by }) =>
            (by as readonly unknown[] | undefined)?.includes(providerName),
          );
          assert.deepEqual(
            clients.map((client) => client["supportedIdentityProviders"]),
            [[providerName]],
            "it is on no page besides its tenant's own",
          );
        }
        // The platform's page, and one for each provider.
        assert.equal(of("managedLoginBranding:ManagedLoginBranding").length, providers.length + 1);
      });

      it("lets every client whose tokens are accepted through to the agent", () => {
        const clients = life.resources("aws:cognito/userPoolClient:UserPoolClient").map(({ id }) => id);
        const [runtime] = life.resources("aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime");
        const { customJwtAuthorizer } = runtime?.outputs["authorizerConfiguration"] as {
          customJwtAuthorizer: { allowedClients: string[] };
        };
        assert.deepEqual(customJwtAuthorizer.allowedClients.toSorted(), clients.toSorted());
      });

      it("has no secret in its state in clear", () => {
        const state = life.stateFile();
        const secrets = [
          "of the tenant's own provider",
          ...life
            .resources("aws:cognito/userPoolClient:UserPoolClient")
            .flatMap(({ outputs }) => outputs["clientSecret"] ?? []),
          ...life
            .resources("aws:cloudfront/distribution:Distribution")
            .flatMap(({ outputs }) => (outputs as unknown as Distribution).origins)
            .flatMap(({ customHeaders }) => customHeaders?.map(({ value }) => value) ?? []),
        ].map(String);
        assert.ok(secrets.length >= 4, `${secrets.length} secrets`);
        assert.deepEqual(
          secrets.filter((secret) => state.includes(JSON.stringify(secret).slice(1, -1))),
          [],
        );
      });
    }

    it("refuses to be destroyed, and nothing of it is", async () => {
      const before = life.resources().map(({ urn }) => urn);
      await assert.rejects(
        timed("destroy refused", () => life.engine.destroy()),
        (error) => {
          assert.ok(error instanceof EngineError);
          assert.match(error.message, /is not destroyed.*bulkhead:protectTenants is true/s);
          return true;
        },
      );
      const after = new Set(life.resources().map(({ urn }) => urn));
      assert.deepEqual(
        before.filter((urn) => !after.has(urn)),
        [],
      );
    });

    it("is destroyed to the last resource once its settings say so", async () => {
      set(life.project, stack, "protectTenants", "false");
      // The policy pack refuses an environment without protection, and rightly: this is done without it.
      const unjudged = await life.open({ policyPacks: [] });
      await timed("up without protection", () => unjudged.up());
      emptyBuckets(life);
      const changes = await timed("destroy", () => life.engine.destroy());
      assert.deepEqual(Object.keys(changes), ["delete"]);
      assert.deepEqual(
        life.resources().map(({ urn }) => urn),
        [],
      );
    });
  });

/** As an administrator does, who takes an environment down (docs/deploy.md): a bucket that holds versions is not deleted. */
function emptyBuckets(life: Life): void {
  const objects = life.gateway.account.table("s3");
  const tenants = life
    .resources("aws:s3/bucket:Bucket")
    .filter(({ outputs }) => (outputs["tags"] as Record<string, string> | undefined)?.["tenant_id"]);
  assert.ok(tenants.length > 0);
  for (const { id } of tenants) for (const [key] of [...objects.entries(`${id}/`)]) objects.delete(key);
}

/** The end of what a function logged. */
function logOf(life: Life, fn: FunctionName): string {
  const file = join(life.gateway.account.folder, "logs", `${NAMES.functionName(fn)}.log`);
  return readFileSync(file, "utf8").slice(-20_000);
}

/** By an operator, as a schedule would. */
async function invoked(life: Life, fn: FunctionName): Promise<{ FunctionError?: string; said: string }> {
  const { origin } = life.gateway;
  const lambda = new LambdaClient(clientConfig(origin, life.gateway.issueSession(OPERATOR, "operator")));
  try {
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: NAMES.functionName(fn), Payload: "{}" }),
    );
    const said = Buffer.from(Payload ?? []).toString();
    return { said, ...(FunctionError === undefined ? {} : { FunctionError }) };
  } finally {
    lambda.destroy();
  }
}
