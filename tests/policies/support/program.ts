/** The program's stacks as a policy pack gets them, without an engine. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import type { PolicyResource } from "@pulumi/policy";
import * as deserialize from "@pulumi/policy/deserialize.js";
import { parse } from "yaml";
import { unknownCheckingProxy } from "./engine-values.ts";

/** What is not known yet: everything that AWS makes up (`first`), that of tenants (`tenants`: the platform is there, they are new). */
export type Preview = "first" | "tenants";

/** A resource as the program registers it. */
export interface RegisteredResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** URN; empty for the stack's own. */
  readonly parent: string;
  readonly protect: boolean;
  readonly dependencies: readonly string[];
  /** URNs that a property's value comes from. */
  readonly references: Readonly<Record<string, readonly string[]>>;
  /** As the engine sends them: secrets and unknown values are marked. */
  readonly props: Readonly<Record<string, unknown>>;
}

export interface ProgramRun {
  readonly stack: string;
  /** Whose settings, of `Pulumi.<of>.yaml`. @default the stack's */
  readonly settingsOf?: string;
  readonly preview: Preview;
  /** @default the embedded one */
  readonly account?: string;
  /** Settings over those of the file, by their full names. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Folder of tenants' files, for stack `local` alone. */
  readonly tenants?: string;
  /** File of another program. @default the project's */
  readonly main?: string;
}

export const ROOT = join(import.meta.dirname, "../../..");
const CHILD = join(import.meta.dirname, "program-child.ts");
const start = promisify(execFile);

/** Runs a program in a process of its own. */
export async function runProgram(run: ProgramRun): Promise<readonly RegisteredResource[]> {
  const {
    stack,
    settingsOf = stack,
    preview,
    account = "111122223333",
    settings = {},
    tenants,
    main = join(ROOT, "infra/index.ts"),
  } = run;
  const file = parse(readFileSync(join(ROOT, `Pulumi.${settingsOf}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  const texts = Object.entries(file.config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const config = { ...(Object.fromEntries(texts) as Record<string, string>), ...settings };
  const { stdout } = await start(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      CHILD,
      JSON.stringify({ stack, config, preview, main, account }),
    ],
    {
      maxBuffer: 1 << 30,
      cwd: ROOT,
      env: { ...process.env, ...(tenants === undefined ? {} : { BULKHEAD_TENANTS: tenants }) },
    },
  );
  return JSON.parse(stdout) as RegisteredResource[];
}

/** What the SDK makes of the engine's values; left out of its typings. */
const { deserializeProperties } = deserialize as unknown as {
  deserializeProperties: (
    props: { toJavaScript(): unknown },
    proxySecrets: boolean,
  ) => Record<string, unknown>;
};

interface Made extends Pick<RegisteredResource, "type" | "name" | "urn"> {
  readonly opts: object;
  readonly props: Record<string, unknown>;
  dependencies: readonly unknown[];
  readonly propertyDependencies: Record<string, readonly unknown[]>;
  parent: unknown;
}

/** Resources as the SDK hands them to a rule. */
export function policyResources(registered: readonly RegisteredResource[]): PolicyResource[] {
  const made = registered.map(({ type, name, urn, protect, props }): Made => ({
    type,
    name,
    urn,
    opts: { protect, ignoreChanges: [], aliases: [], additionalSecretOutputs: [], customTimeouts: {} },
    props: unknownCheckingProxy(deserializeProperties({ toJavaScript: () => props }, false)),
    dependencies: [] as unknown[],
    propertyDependencies: {},
    parent: undefined,
  }));
  const byUrn = new Map(made.map((resource) => [resource.urn, resource]));
  const found = (urns: readonly string[]) => urns.flatMap((urn) => byUrn.get(urn) ?? []);
  registered.forEach(({ parent, dependencies, references }, index) => {
    const resource = made[index];
    if (!resource) return;
    resource.parent = byUrn.get(parent);
    resource.dependencies = found(dependencies);
    for (const [key, urns] of Object.entries(references)) resource.propertyDependencies[key] = found(urns);
  });
  return made as unknown as PolicyResource[];
}
