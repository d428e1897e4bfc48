/**
 * Runs the program without an engine and prints what it asks for, as JSON: started by `program.ts`, since a process can run a program
 * once only. Its one argument is JSON: `{ stack, config, preview, main, account }`.
 */
import process from "node:process";
import * as pulumi from "@pulumi/pulumi";
import * as mocks from "@pulumi/pulumi/runtime/mocks.js";
import { UNKNOWN_STRING } from "./engine-values.ts";
import type { Preview, RegisteredResource } from "./program.ts";

/** What is read of the engine's request to register a resource. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProtect(): boolean;
  getDependenciesList(): string[];
  getObject(): { toJavaScript(): Record<string, unknown> };
  getPropertydependenciesMap(): {
    forEach(each: (value: { getUrnsList(): string[] }, key: string) => void): void;
  };
}

const TENANT = "bulkhead:tenants:Tenant";
const { stack, config, preview, main, account } = JSON.parse(process.argv[2] ?? "") as {
  stack: string;
  config: Record<string, string>;
  preview: Preview;
  main: string;
  account: string;
};

const made: RegisteredResource[] = [];
/** Resources of tenants, by URN: in a preview they are new, and what AWS makes up of them is not known; the platform is there. */
const tenants = new Set<string>();
let isNew = false;
const { MockMonitor } = mocks as unknown as {
  MockMonitor: {
    prototype: { registerResource: (this: unknown, request: Request, callback: Callback) => Promise<void> };
  };
};
type Callback = (error: unknown, response?: { getUrn(): string; getObject(): unknown }) => void;
const { registerResource: register } = MockMonitor.prototype;
MockMonitor.prototype.registerResource = function (request, callback) {
  const ofTenant = request.getType() === TENANT || tenants.has(request.getParent());
  isNew = preview === "first" || ofTenant;
  return register.call(this, request, (error, response) => {
    if (response !== undefined) {
      if (ofTenant) tenants.add(response.getUrn());
      const references: Record<string, string[]> = {};
      request.getPropertydependenciesMap().forEach((value, key) => (references[key] = value.getUrnsList()));
      made.push({
        urn: response.getUrn(),
        type: request.getType(),
        name: request.getName(),
        parent: request.getParent(),
        protect: request.getProtect(),
        dependencies: request.getDependenciesList(),
        references,
        // A component has no inputs; what it puts out comes later, and no rule reads it.
        props: {
          ...(preview === "first" || ofTenant ? unknown : outputs)(
            request.getType(),
            request.getName(),
            request.getObject().toJavaScript(),
          ),
          ...request.getObject().toJavaScript(),
        },
      });
    }
    callback(error, response);
  });
};

const unknown = (type: string): Record<string, unknown> =>
  type.startsWith("aws:") ? { arn: UNKNOWN_STRING, id: UNKNOWN_STRING } : {};

const FORMS: Readonly<Record<string, readonly [service: string, resource: string]>> = {
  "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase": ["bedrock", "knowledge-base/"],
  "aws:bedrock/agentcoreMemory:AgentcoreMemory": ["bedrock-agentcore", "memory/"],
  "aws:dynamodb/table:Table": ["dynamodb", "table/"],
  "aws:kms/key:Key": ["kms", "key/"],
  "aws:lambda/function:Function": ["lambda", "function:"],
  "aws:opensearch/serverlessCollection:ServerlessCollection": ["aoss", "collection/"],
};

/** What AWS makes up, in its forms. */
function outputs(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  if (!type.startsWith("aws:")) return {};
  const [, iam] = /^aws:iam\/(role|policy):/.exec(type) ?? [];
  if (iam !== undefined && typeof inputs["name"] === "string")
    return { arn: `arn:aws:iam::${account}:${iam}/${inputs["name"]}`, id: inputs["name"] };
  const service = type.split(":")[1]?.split("/")[0] ?? "";
  const kind = type.split(":").at(-1) ?? "";
  const named = typeof inputs["name"] === "string" ? inputs["name"] : name;
  const known = type.endsWith(":AgentcoreMemory") ? `${named}-AbCdEf0123` : named;
  // Policies name what has a generated id by the form of its ARN.
  const [arnService, resource] = FORMS[type] ?? [service, `${kind}/`];
  const arn = `arn:aws:${arnService}:us-east-1:${account}:${resource}${known}`;
  return { arn, id: `${name}-id`, endpoint: `${name}.example.com`, masterUserSecrets: [{ secretArn: arn }] };
}

await pulumi.runtime.setMocks(
  {
    newResource: ({ type, name, inputs }) => {
      const asked = inputs as Record<string, unknown>;
      if (type === "awsx:ec2:Vpc") {
        const ids = ["subnet-1", "subnet-2", "subnet-3"];
        return {
          id: "vpc",
          state: {
            vpcId: "vpc-1",
            isolatedSubnetIds: ids,
            routeTables: [{ id: "rtb-1" }],
            vpc: { id: "vpc-1" },
          },
        };
      }
      return isNew
        ? { id: undefined, state: asked }
        : { id: `${name}-id`, state: { ...outputs(type, name, asked), ...asked } };
    },
    call: ({ token, inputs }) =>
      ({
        "aws:index/getCallerIdentity:getCallerIdentity": { accountId: account },
        "aws:index/getPartition:getPartition": { partition: "aws" },
        "aws:secretsmanager/getSecretVersion:getSecretVersion": { secretString: "x".repeat(32) },
      })[token] ?? (inputs as Record<string, unknown>),
  },
  "bulkhead",
  stack,
  true,
);
pulumi.runtime.setAllConfig(config);
await import(main);
await pulumi.runtime.disconnect();
process.stdout.write(JSON.stringify(made), () => process.exit(0));
