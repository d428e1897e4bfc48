import assert from "node:assert/strict";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { resourceType } from "../../../local/provider/catalogue.ts";
import { deletesBeforeReplacing } from "../../../local/provider/delete-before-replace.ts";
import { changes } from "../../../local/provider/diff.ts";
import { collide } from "../../../local/provider/lifecycle.ts";
import type { Properties } from "../../../local/provider/values.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const PLACE = { partition: "aws", account: "111122223333", region: "us-east-1" };

/** What resources of several types compute, and others of the program use. */
const COMPUTED = {
  ...{ keyId: "key", endpoint: "search.example", collectionEndpoint: "https://collection.example" },
  ...{ dataSourceId: "SOURCE", executionArn: "arn:aws:execute-api:x", invokeUrl: "https://api.example/live" },
};

interface Registration {
  getType(): string;
  getName(): string;
  getDeletebeforereplace(): boolean;
}

interface Monitor {
  registerResource: (request: Registration, answer: unknown) => void;
}

interface Deployed {
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
  /** What the program says. */
  readonly deletesFirst: boolean;
}

/** What the program deploys for the sample tenants: the program itself, with a stand-in for the engine. */
async function deployed(): Promise<Deployed[]> {
  const found: Deployed[] = [];
  const deleteFirst = new Set<string>();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, id, ...rest }) => {
        const inputs = rest.inputs as Properties;
        const made = id ?? `${name}-id`;
        if (type.startsWith("aws:"))
          found.push({
            type,
            name,
            inputs,
            deletesFirst: deleteFirst.has(`${type} ${name}`),
          });
        return {
          id: made,
          state: { ...COMPUTED, arn: `arn:aws:x:us-east-1:111122223333:${name}`, ...inputs },
        };
      },
      call: () => ({ accountId: PLACE.account, partition: PLACE.partition }),
    },
    "bulkhead",
    "local",
  );
  // Mocks are not told of a resource's options; the engine's monitor is.
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, answer) => {
    if (request.getDeletebeforereplace()) deleteFirst.add(`${request.getType()} ${request.getName()}`);
    register(request, answer);
  };
  pulumi.runtime.setAllConfig(await localConfig());
  await import("../../../infra/index.ts");
  // Resources that wait for others' outputs register later: until nothing more comes.
  for (let before = -1; before !== found.length;) {
    before = found.length;
    await new Promise((done) => setTimeout(done, 500));
  }
  return found;
}

async function localConfig(): Promise<Record<string, string>> {
  const { readFile } = await import("node:fs/promises");
  const { parse } = await import("yaml");
  const project = parse(await readFile(resolve(ROOT, "Pulumi.yaml"), "utf8")) as {
    config: Record<string, { default?: unknown }>;
  };
  const stack = parse(await readFile(resolve(ROOT, "Pulumi.local.yaml"), "utf8")) as {
    config: Record<string, unknown>;
  };
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const defaults = Object.entries(project.config)
    .filter(([, { default: value }]) => value !== undefined)
    .map(([key, { default: value }]) => [key.includes(":") ? key : `bulkhead:${key}`, text(value)]);
  const own = Object.entries(stack.config).map(([key, value]) => [key, text(value)]);
  return Object.fromEntries([...defaults, ...own]) as Record<string, string>;
}

/** The inputs with one property changed so that it stays of its kind; undefined if it can't be done simply. */
function changed(inputs: Properties, path: string): Properties | undefined {
  const value = inputs[path];
  // What the program doesn't say it doesn't change.
  if (value === undefined) return undefined;
  if (typeof value === "boolean") return { ...inputs, [path]: !value };
  if (typeof value === "string") return { ...inputs, [path]: `${value}x` };
  if (Array.isArray(value)) return { ...inputs, [path]: [...(value as unknown[]), "x"] };
  return { ...inputs, [path]: { ...(value as object), x: "x" } };
}

describe("replacement of what the program deploys", function () {
  this.timeout(240_000);
  let resources: Deployed[];
  before(async () => {
    resources = await deployed();
  });

  it("covers the program", () => {
    const types = new Set(resources.map(({ type }) => type));
    assert.ok(types.size >= 25 && resources.length > 100, `${resources.length} of ${types.size} types`);
    assert.deepEqual(
      [...types].filter((type) => !resourceType(type)),
      [],
    );
  });

  it("never makes a second resource of a name that is taken: by the program's word or by the provider's", () => {
    const faults = new Set<string>();
    let tried = 0;
    for (const { type: token, inputs, deletesFirst } of resources) {
      const type = resourceType(token);
      // An item is named by its keys, and a change of these is another item.
      if (!type || token === "aws:dynamodb/tableItem:TableItem") continue;
      for (const path of type.replaceOn) {
        const news = path === "region" ? undefined : changed(inputs, path);
        if (!news || !changes(type, inputs, news).some((change) => change.replaces)) continue;
        tried++;
        if (collide(type, inputs, news, PLACE) && !deletesFirst && !deletesBeforeReplacing(type, news))
          faults.add(`${token} on a change of ${path}`);
      }
    }
    assert.ok(tried > 100, `${tried} changes tried`);
    assert.deepEqual([...faults].sort(), []);
  });
});
