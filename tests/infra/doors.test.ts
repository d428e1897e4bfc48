/** The table of doors against the program: what functions' policies allow, and what their code imports. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { BUNDLING } from "../../infra/bundle.ts";
import { PART_CALLS, SERVICES, WORKLOADS, type Service, type Workload } from "../../infra/documents/doors.ts";
import { endpointPolicy } from "../../infra/documents/endpoint-policies.ts";
import { functionPolicy } from "../../infra/documents/function-roles.ts";
import { decide, parsePolicy, type PolicyDocument, type Principal } from "../../policies/isolation/index.ts";
import { FUNCTIONS, type FunctionName } from "../../runtime/contract/names.ts";
import { dataRolePolicy, ingestRolePolicy } from "../../tenants/documents/data-role.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const PLACE = { environment: "dev", account: "111122223333", region: "us-east-1" };
const MODELS = { embeddingModelId: "m", chatModelId: "m" };

interface Grant {
  readonly action: string;
  readonly resource: string;
  readonly throughService: boolean;
}

/** What a policy allows; a call that a service makes for its caller (`kms:ViaService`) is not the function's own. */
function grants(document: string): Grant[] {
  const { Statement: statements } = parsePolicy(document);
  return [statements].flat().flatMap(({ Effect, Action = [], Resource = [], Condition = {} }) =>
    Effect === "Allow"
      ? [Action].flat().flatMap((action) =>
          [Resource].flat().map((resource) => ({
            action,
            resource,
            throughService: JSON.stringify(Condition).includes("kms:ViaService"),
          })),
        )
      : [],
  );
}

/** Roles of tenants that a function uses, beside its own: by the broker's credentials, or by becoming one. */
const AS_TENANT: Readonly<Partial<Record<FunctionName, readonly string[]>>> = {
  chat: [dataRolePolicy(PLACE, "acme", "silo", MODELS), dataRolePolicy(PLACE, "acme", "pool", MODELS)],
  documents: [dataRolePolicy(PLACE, "acme", "silo", MODELS), dataRolePolicy(PLACE, "acme", "pool", MODELS)],
  ingest: [ingestRolePolicy(PLACE, "acme", "m")],
};

/** Which of Bedrock's APIs has an operation: the SDK's client that has its command. */
const require = createRequire(import.meta.url);
const BEDROCK = ["bedrock-runtime", "bedrock-agent-runtime", "bedrock-agent"];
function bedrockApi(operation: string): string {
  return (
    BEDROCK.find(
      (api) => `${operation}Command` in (require(`@aws-sdk/client-${api}`) as Record<string, unknown>),
    ) ?? `bedrock:${operation}`
  );
}

/** The service that an action is asked of; undefined for what Lambda itself does with a function's role. */
function serviceOf({ action, throughService }: Grant): string | undefined {
  const [prefix = "", operation = ""] = action.split(":");
  // Logs, network interfaces, traces and failed events are Lambda's to write, attach, send and deliver.
  if (["logs", "ec2", "xray", "sqs"].includes(prefix) || throughService) return undefined;
  if (prefix === "bedrock") return bedrockApi(operation);
  if (prefix === "aoss") return operation === "APIAccessAll" ? "collections" : "aoss";
  if (prefix === "es") return operation.startsWith("ESHttp") ? "domain" : "es";
  return prefix;
}

/** By the SDK's clients whose names are not their endpoints'. */
const CLIENTS: Readonly<Record<string, string>> = {
  opensearchserverless: "aoss",
  opensearch: "es",
  "cognito-identity-provider": "cognito-idp",
  "secrets-manager": "secretsmanager",
};

/** What a function's bundle talks to: clients of the SDK, and modules of its own that send requests. */
async function imported(fn: FunctionName): Promise<{ services: Set<string>; searches: boolean }> {
  const { metafile } = await build({
    ...BUNDLING,
    absWorkingDir: ROOT,
    entryPoints: [join("runtime", fn, "handler.ts")],
    outdir: "unused",
    write: false,
    minify: false,
    logLevel: "silent",
  });
  const inputs = Object.keys(metafile.inputs);
  const clients = inputs.flatMap((input) => /@aws-sdk\/client-([^/]+)\//.exec(input)?.[1] ?? []);
  const services = new Set(clients.map((client) => CLIENTS[client] ?? client));
  if (inputs.includes("runtime/shared/dynamodb.ts")) services.add("dynamodb");
  // The agent's memory, which chat reads and writes by requests of its own.
  if (inputs.includes("runtime/agent/conversations.ts")) services.add("bedrock-agentcore");
  // Key sets, and the tokens of machines.
  if (["runtime/shared/key-set.ts", "runtime/canary/tokens.ts"].some((file) => inputs.includes(file)))
    services.add("cognito-idp");
  return { services, searches: inputs.includes("runtime/shared/opensearch.ts") };
}

/** What a function calls, from its policies and its code. */
const known = new Map<FunctionName, Promise<string[]>>();
function needed(fn: FunctionName): Promise<string[]> {
  const found = known.get(fn) ?? derived(fn);
  known.set(fn, found);
  return found;
}

async function derived(fn: FunctionName): Promise<string[]> {
  const own = grants(functionPolicy(PLACE, fn));
  const asTenant = (AS_TENANT[fn] ?? []).flatMap(grants);
  const { services, searches } = await imported(fn);
  for (const grant of own) services.add(serviceOf(grant) ?? "");
  const stores = searches ? ["collections", "domain"] : [];
  for (const grant of asTenant)
    if (stores.includes(serviceOf(grant) ?? "")) services.add(serviceOf(grant) ?? "");
  services.delete("");
  return [...services].sort();
}

/** Functions that need a service which the table has no door for, and the other way round. */
async function differences(table: Readonly<Record<FunctionName, Workload>>): Promise<string[]> {
  const found = [];
  for (const fn of FUNCTIONS) {
    const calls: readonly string[] = table[fn].calls;
    const needs = await needed(fn);
    found.push(
      ...needs.filter((each) => !calls.includes(each)).map((each) => `${fn} has no door to ${each}`),
    );
    found.push(...calls.filter((each) => !needs.includes(each)).map((each) => `${fn} never calls ${each}`));
  }
  return found;
}

describe("doors of the network", function () {
  this.timeout(240_000);

  it("are there for every service that a function's policies and code name, and for no other", async () => {
    assert.deepEqual(await differences(WORKLOADS), []);
  });

  it("are missed when one is taken away", async () => {
    for (const [fn, door] of [
      ["chat", "lambda"],
      ["documents", "bedrock-agent"],
      ["ingest", "sts"],
      ["search-admin", "aoss"],
      ["ingest", "domain"],
      ["chat", "collections"],
    ] as const) {
      const workload: Workload = WORKLOADS[fn];
      const without = {
        ...WORKLOADS,
        [fn]: { ...workload, calls: workload.calls.filter((each) => each !== door) },
      } as Readonly<Record<FunctionName, Workload>>;
      assert.deepEqual(await differences(without), [`${fn} has no door to ${door}`]);
    }
  });

  it("let through every action that those inside are allowed of a service that they call", () => {
    const refused: string[] = [];
    for (const fn of FUNCTIONS) {
      const workload: Workload = WORKLOADS[fn];
      if (workload.network === "outside") continue;
      const allowed = [functionPolicy(PLACE, fn), ...(AS_TENANT[fn] ?? [])].flatMap(grants);
      for (const grant of allowed) {
        const service = workload.calls.find((each) => each === serviceOf(grant));
        if (service === undefined) continue;
        const { door, actions }: Service = SERVICES[service];
        if (door === "gateway" || door === "interface")
          if (!actions.includes(grant.action)) refused.push(`${fn}: ${grant.action} at ${service}`);
      }
    }
    assert.deepEqual([...new Set(refused)], []);
  });

  it("name services that there are", () => {
    for (const calls of Object.values(PART_CALLS))
      for (const each of calls) assert.ok(each in SERVICES, each);
  });
});

describe("policies of endpoints", () => {
  const session = (account: string): Principal => ({
    kind: "role-session",
    account,
    roleArn: `arn:aws:iam::${account}:role/some`,
    sessionArn: `arn:aws:sts::${account}:assumed-role/some/one`,
    tags: {},
  });
  const own = session(PLACE.account);
  const foreign = session("999988887777");
  const passes = (
    service: keyof typeof SERVICES,
    principal: Principal,
    action: string,
    resource: string,
    resourceAccount = PLACE.account,
    omit: readonly "agent"[] = [],
  ): boolean => {
    const document = parsePolicy(endpointPolicy(PLACE, service, omit));
    const filter = filterOf({ name: `endpoint of ${service}`, document });
    return decide(
      { principal, action, resource, resourceAccount, context: { "aws:ResourceAccount": resourceAccount } },
      { identity: [everything("")], resource: [everything('"Principal":"*",')], scp: [[filter]] },
    ).allowed;
  };
  /** Everything else allows: what is refused, the endpoint refuses. */
  const everything = (principal: string) => ({
    name: "all",
    document: parsePolicy(
      `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",${principal}"Action":"*","Resource":"*"}]}`,
    ),
  });
  /** An endpoint's policy allows nothing by itself, as an organization's: both have to let a call through. */
  const filterOf = ({ name, document }: { name: string; document: PolicyDocument }) => ({
    name,
    document: {
      ...document,
      Statement: [document.Statement].flat().map(({ Principal: _everyone, ...statement }) => statement),
    },
  });

  it("let this account's principals reach this account's resources", () => {
    assert.ok(passes("s3", own, "s3:GetObject", "arn:aws:s3:::bulkhead-dev-111122223333-acme/acme/a.md"));
    assert.ok(
      passes("lambda", own, "lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111122223333:function:f"),
    );
    assert.ok(passes("sts", own, "sts:AssumeRole", "arn:aws:iam::111122223333:role/r"));
  });

  it("let nothing be carried to another account, and nobody of another account in", () => {
    for (const [service, action, resource] of [
      ["s3", "s3:PutObject", "arn:aws:s3:::loot/x"],
      ["dynamodb", "dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:999988887777:table/loot"],
      ["lambda", "lambda:InvokeFunction", "arn:aws:lambda:us-east-1:999988887777:function:loot"],
      ["sts", "sts:AssumeRole", "arn:aws:iam::999988887777:role/loot"],
      [
        "bedrock-agent-runtime",
        "bedrock:Retrieve",
        "arn:aws:bedrock:us-east-1:999988887777:knowledge-base/L",
      ],
    ] as const) {
      assert.ok(!passes(service, own, action, resource, "999988887777"), `${action} on ${resource}`);
      assert.ok(!passes(service, foreign, action, resource, "999988887777"), `${action} as a stranger`);
      assert.ok(!passes(service, foreign, action, resource), `${action} as a stranger, here`);
    }
  });

  it("let foundation models through, which are of no account, for this account alone", () => {
    const model = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0";
    assert.ok(passes("bedrock-runtime", own, "bedrock:InvokeModel", model, "amazon"));
    assert.ok(!passes("bedrock-runtime", foreign, "bedrock:InvokeModel", model, "amazon"));
    assert.ok(!passes("bedrock-runtime", own, "bedrock:CreateGuardrail", model, "amazon"));
  });

  it("let layers of images through where there is a container, to be read alone", () => {
    const layer = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/sha256";
    assert.ok(passes("s3", own, "s3:GetObject", layer, "aws-ecr"));
    assert.ok(!passes("s3", own, "s3:PutObject", layer, "aws-ecr"));
    assert.ok(!passes("s3", own, "s3:GetObject", layer, "aws-ecr", ["agent"]));
    assert.ok(
      !passes("s3", own, "s3:GetObject", "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/x", "aws-ecr"),
    );
  });

  it("are each within EC2's 20,480 characters, and refuse all but what is listed", () => {
    for (const service of Object.keys(SERVICES) as (keyof typeof SERVICES)[]) {
      if (SERVICES[service].door !== "gateway" && SERVICES[service].door !== "interface") continue;
      assert.ok(endpointPolicy(PLACE, service, []).length < 20_480);
      assert.ok(!passes(service, own, `${SERVICES[service].actions[0].split(":")[0] ?? ""}:Forbidden`, "*"));
    }
  });
});

describe("the program's network", () => {
  it("names no address that is anybody's", () => {
    for (const file of ["infra/network.ts", "infra/network/ground.ts"])
      assert.doesNotMatch(readFileSync(join(ROOT, file), "utf8"), /0\.0\.0\.0\/0|::\/0|cidrIpv4|cidrIpv6/);
  });
});
