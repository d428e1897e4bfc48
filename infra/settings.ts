import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ENVIRONMENT, isTenantId } from "../runtime/contract/names.ts";
import { RULES, type Fields } from "./settings/across.ts";
import { FIELDS } from "./settings/fields.ts";

export { poolZones } from "./settings/across.ts";
export { PARTS, type Part, type PlanLimits } from "./settings/fields.ts";

/** The `bulkhead:` settings of a stack, as Pulumi.yaml declares them (descriptions and defaults stand there). */
export type Settings = Fields & { readonly environment: string };

/** Where settings are asked for; JSON for lists, numbers and booleans. */
export interface SettingSource {
  get(key: string): string | undefined;
  /** Every key that is set. */
  keys(): readonly string[];
}

/** The source that Pulumi's configuration is: `bulkhead:<key>` by `key`. */
export function settingsOf(config: Readonly<Record<string, string>>): SettingSource {
  const prefix = "bulkhead:";
  return {
    get: (key) => config[`${prefix}${key}`],
    keys: () =>
      Object.keys(config).flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])),
  };
}

export interface Declaration {
  readonly type: "string" | "integer" | "boolean" | "array";
  readonly default?: unknown;
  readonly description: string;
  readonly secret?: boolean;
}

/** Every setting that `Pulumi.yaml` declares, so that its defaults are the only ones. */
export function declarations(root: string): Readonly<Record<string, Declaration>> {
  const project = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as {
    config: Record<string, Declaration>;
  };
  return project.config;
}

/**
 * Reads the stack's settings; the stack's name is the environment's.
 * @throws Error naming every wrong setting: key, value and what is allowed.
 */
export function readSettings(root: string, source: SettingSource, stack: string): Settings {
  const declared = declarations(root);
  const faults: string[] = [];
  if (!ENVIRONMENT.test(stack)) {
    faults.push(
      `stack "${stack}": the stack's name is the environment's: 2 to 8 lower-case letters and digits, a letter first`,
    );
  }
  for (const key of source.keys())
    if (!(key in declared) && !isClientSecret(key)) faults.push(unknown(key, Object.keys(declared)));

  const values: Record<string, unknown> = {};
  const right: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(FIELDS)) {
    const declaration = declared[key];
    const text = source.get(key);
    const value = text === undefined ? declaration?.default : fromText(declaration?.type ?? "string", text);
    values[key] = value;
    if (value === undefined) {
      faults.push(`bulkhead:${key} is not set; set it in Pulumi.${stack}.yaml`);
      continue;
    }
    const parsed = field.safeParse(value);
    if (parsed.success) right[key] = parsed.data;
    else for (const { message } of parsed.error.issues) faults.push(wrong(key, value, message, declaration));
  }
  for (const { of, at, message, holds } of RULES)
    if (of.every((key) => key in right) && !holds(right as Fields, stack))
      faults.push(wrong(at, values[at], message, declared[at]));
  if (faults.length > 0) {
    throw new Error(
      `The settings of stack ${stack} are wrong:\n${faults.map((fault) => `  ${fault}`).join("\n")}`,
    );
  }
  return { ...(right as Fields), environment: stack };
}

/** A secret's value is told to nobody. */
function wrong(key: string, value: unknown, message: string, declaration: Declaration | undefined): string {
  return `bulkhead:${key} is ${declaration?.secret === true ? "[secret]" : JSON.stringify(value)}: ${message}`;
}

/** `oidcClientSecret.<tenant>`: a key for each tenant with an OIDC provider of its own, which Pulumi.yaml can't declare. */
function isClientSecret(key: string): boolean {
  return key.startsWith(CLIENT_SECRET) && isTenantId(key.slice(CLIENT_SECRET.length));
}

const CLIENT_SECRET = "oidcClientSecret.";

function unknown(key: string, known: readonly string[]): string {
  const meant = known.find((each) => each.toLowerCase() === key.toLowerCase());
  return `bulkhead:${key} is no setting${meant === undefined ? "; Pulumi.yaml describes all that there are" : `: it is called ${meant}`}`;
}

function fromText(type: Declaration["type"], text: string): unknown {
  if (type === "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // the field says what is allowed
  }
}
