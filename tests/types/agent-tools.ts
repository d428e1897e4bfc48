/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- these are the mistakes that must not compile */
/** Not run: the type checker is the test. What a model may say to a tool names no tenant, no user and no place. */
import type { z } from "zod";
import type { TOOL_INPUTS, ToolName } from "../../runtime/agent/tools.ts";
import { toolsFor, type ToolParts, type ToolUse } from "../../runtime/agent/tools.ts";

type Inputs = { [Name in ToolName]: z.infer<(typeof TOOL_INPUTS)[Name]> };
type KeysOf<T> = T extends unknown ? keyof T : never;
/** Every parameter of every tool. A new one is written down here, and thought about, or nothing compiles. */
type Parameter = KeysOf<Inputs[ToolName]>;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

export const everyParameter: Same<Parameter, "query" | "filter" | "limit" | "id"> = true;
export const noTenant: Same<
  Extract<Parameter, `${string}${"tenant" | "user" | "group" | "role" | "bucket" | "index"}${string}`>,
  never
> = true;

declare const parts: ToolParts;
declare const use: Omit<ToolUse, "context">;

export const mustNotCompile = (): unknown[] => [
  // @ts-expect-error -- no context
  toolsFor(parts, use),
  // @ts-expect-error -- a tenant's id is no context
  toolsFor(parts, { ...use, context: "acme" }),
  // @ts-expect-error -- what looks like a context is none
  toolsFor(parts, { ...use, context: { tenantId: "acme", user: {}, credentials: {} } }),
];
