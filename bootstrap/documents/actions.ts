import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Owned } from "../../runtime/contract/account-names.ts";

/** What one resource type takes; actions are written `service:Action`. */
export interface TypeActions {
  readonly on: readonly Owned[];
  readonly passesTo?: readonly string[];
  readonly serviceRole?: string;
  readonly create: readonly string[];
  readonly read: readonly string[];
  readonly update: readonly string[];
  readonly delete: readonly string[];
  readonly also?: readonly string[];
}

interface ActionsFile {
  readonly anywhere: readonly string[];
  readonly types: Readonly<Record<string, TypeActions>>;
}

const file = parse(readFileSync(new URL("actions.yaml", import.meta.url), "utf8")) as ActionsFile;

/** By Pulumi's type token, as `aws:kms/key:Key`. */
export const TYPES = file.types;

/** Actions that are allowed on `*`, because AWS takes no resource for them or generates its id. */
export const ANYWHERE: ReadonlySet<string> = new Set(file.anywhere);

/** Service-linked roles that an account needs once, for all types together. */
export const SERVICE_ROLES: readonly string[] = [
  ...new Set(Object.values(TYPES).flatMap(({ serviceRole }) => serviceRole ?? [])),
].sort();

export function actionsOf({
  create,
  read,
  update,
  delete: remove,
  also = [],
}: TypeActions): readonly string[] {
  return [...create, ...read, ...update, ...remove, ...also];
}
