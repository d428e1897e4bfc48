import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../../local/paths.ts";
import type { Registered } from "./previews.ts";

const STACK = "bare";

/**
 * Registers a list of resources one after the other, by the classes of the provider's SDK, as any program would: no
 * components around them, no outputs that others wait for. The SDK's tracing costs it as little as it costs the
 * program (infra/without-tracing.ts), so that the ratio is one of logic.
 */
const SOURCE = `import { readFileSync } from "node:fs";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
delete Error.prepareStackTrace;
pulumi.log.debug = () => Promise.resolve();
class Component extends pulumi.ComponentResource {
  constructor(type, name) {
    super(type, name);
    this.registerOutputs();
  }
}
for (const { type, name, custom, inputs } of JSON.parse(readFileSync(new URL("resources.json", import.meta.url), "utf8"))) {
  // aws:s3/bucket:Bucket -> aws.s3.Bucket
  const [, service, kind] = /^aws:([^/]+)\\/[^:]+:(.+)$/.exec(type) ?? [];
  custom ? new aws[service][kind](name, inputs) : new Component(type, name);
}
`;

/** Writes a program without logic that makes the same resources, with the same inputs, as literals. */
export function writeBareProgram(
  folder: string,
  resources: readonly Registered[],
): { readonly project: string; readonly stack: string } {
  const project = join(folder, "bare");
  mkdirSync(project, { recursive: true });
  const files: Readonly<Record<string, string>> = {
    "Pulumi.yaml": "name: bare\nmain: index.mjs\nruntime: { name: nodejs, options: { typescript: false } }\n",
    [`Pulumi.${STACK}.yaml`]: "config: { aws:region: us-east-1 }\n",
    "package.json": '{ "name": "bare", "type": "module", "main": "index.mjs" }\n',
    "index.mjs": SOURCE,
    "resources.json": JSON.stringify(resources),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  symlinkSync(join(PROJECT, "node_modules"), join(project, "node_modules"), "junction");
  return { project, stack: STACK };
}
