/** Workflows as GitHub's own parser reads them. */
import { build } from "esbuild";
import { createRequire } from "node:module";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type * as parserModule from "@actions/workflow-parser";

export const ROOT = join(import.meta.dirname, "../..");
export const FOLDER = ".github/workflows";

export interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly if?: string;
}

export interface Job {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly needs?: string;
  readonly if?: string;
  readonly environment?: string;
  readonly "runs-on"?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly env?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

export const files = readdirSync(join(ROOT, FOLDER)).sort();

export const textOf = (file: string): string => readFileSync(join(ROOT, FOLDER, file), "utf8");

/** A workflow's text as data, by YAML 1.2, in which `on` is a name. */
export const workflow = (text: string): Workflow => parse(text) as Workflow;

type Parser = typeof parserModule;

/** Faults that GitHub would name, each with its place. */
export type Judge = (name: string, text: string) => Promise<readonly string[]>;

/** GitHub's parser. It imports JSON without saying so, which Node refuses: it is bundled first. */
export async function judge(): Promise<Judge> {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-workflows-"));
  try {
    const outfile = join(folder, "parser.cjs");
    await build({
      stdin: { contents: 'export * from "@actions/workflow-parser";', resolveDir: ROOT },
      bundle: true,
      platform: "node",
      format: "cjs",
      outfile,
      logLevel: "silent",
    });
    const parser = createRequire(import.meta.url)(outfile) as Parser;
    return async (name, content) => {
      const { context, value } = parser.parseWorkflow({ name, content }, new parser.NoOperationTraceWriter());
      const converted = value ? await parser.convertWorkflowTemplate(context, value) : undefined;
      const faults = [
        ...context.errors.getErrors().map(String),
        ...(converted?.errors ?? []).map(({ Message }) => Message),
      ];
      return [...new Set(faults)];
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
