/** The real program's resources, as its first preview has them, and what a fault makes of them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAccount } from "../../../../../policies/isolation/model/build.ts";
import type { AccountModel } from "../../../../../policies/isolation/model/account.ts";
import type { ModelResource, Value } from "../../../../../policies/isolation/model/resource.ts";
import { fromStack } from "../../../../../policies/isolation/model/sources/stack.ts";
import { whereOf } from "../../../../../policies/isolation/model/where.ts";
import {
  policyResources,
  type Preview,
  type RegisteredResource,
  runProgram,
} from "../../../support/program.ts";

export const TENANTS = { acme: "silo", "acme-2": "silo", cobalt: "pool" } as const;

/** The program of stack `local` with these tenants, in a process of its own. */
export async function programResources(
  settingsOf: string,
  preview: Preview,
  settings: Readonly<Record<string, string>> = {},
): Promise<readonly ModelResource[]> {
  return fromStack(policyResources(await registeredProgram(settingsOf, preview, settings)));
}

/** The same as the program registers them, with any tenants: tiers by id. */
export async function registeredProgram(
  settingsOf: string,
  preview: Preview,
  settings: Readonly<Record<string, string>> = {},
  tenants: Readonly<Record<string, "silo" | "pool">> = TENANTS,
): Promise<readonly RegisteredResource[]> {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-tenants-"));
  try {
    for (const [id, tier] of Object.entries(tenants))
      writeFileSync(
        join(folder, `${id}.yaml`),
        `id: ${id}\nname: ${id}\ntier: ${tier}\nstatus: active\nplan: standard\nadmin: admin@${id}.example\ngroups: [regular]\n`,
      );
    return await runProgram({ stack: "local", settingsOf, preview, tenants: folder, settings });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function accountOf(resources: readonly ModelResource[]): AccountModel {
  const where = whereOf(resources);
  if (where === undefined) throw new Error("the resources say nothing of where they are");
  return buildAccount(resources, where);
}

type Json = Record<string, unknown>;
export interface Document {
  Statement: Json[];
}

/** The resources with one of them changed. @param name the last part of its URN, and of no other's of its type */
export function changed(
  resources: readonly ModelResource[],
  type: string,
  name: string,
  change: (props: Record<string, Value>) => Record<string, unknown>,
): readonly ModelResource[] {
  let found = 0;
  const out = resources.map((resource) => {
    if (resource.name !== name || !resource.type.endsWith(`:${type}`)) return resource;
    found += 1;
    return { ...resource, props: change({ ...resource.props }) as Record<string, Value> };
  });
  if (found !== 1) throw new Error(`${found} resources of type ${type} are named ${name}`);
  return out;
}

/** The same for a policy document in one of its properties. */
export function edited(
  resources: readonly ModelResource[],
  [type, name, property]: readonly [type: string, name: string, property: string],
  edit: (document: Document) => void,
): readonly ModelResource[] {
  return changed(resources, type, name, (props) => {
    const document = JSON.parse(text(props[property])) as Document;
    edit(document);
    return { ...props, [property]: JSON.stringify(document) };
  });
}

/** A property that is known to be a text. */
export function text(value: Value | undefined): string {
  if (typeof value !== "string") throw new Error("expected a text");
  return value;
}

/** The statement of a Sid. */
export function statement(document: Document, sid: string): Json {
  const found = document.Statement.find((each) => each["Sid"] === sid);
  if (found === undefined) throw new Error(`no statement is named ${sid}`);
  return found;
}
