import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { ENVIRONMENT } from "../runtime/contract/names.ts";
import { SERVICE_ROLES } from "./documents/actions.ts";

/** What an account may have before. */
const EXISTING = ["github", "apigateway", ...SERVICE_ROLES];

const schema = z.strictObject({
  repository: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/, "must be a repository, as owner/name"),
  environments: z
    .array(z.string().regex(ENVIRONMENT, "must be 2 to 8 lower-case letters and digits, a letter first"))
    .min(1),
  stateLockDays: z.int().min(1).max(3650),
  existing: z.array(
    z.string().refine((name) => EXISTING.includes(name), `must be one of ${EXISTING.join(", ")}`),
  ),
});

export type BootstrapSettings = z.infer<typeof schema>;

const PREFIX = "bulkhead-bootstrap:";

/**
 * Reads the settings of the bootstrap's stack.
 * @param config every key of the stack, as `bulkhead-bootstrap:repository`; JSON for lists
 * @throws Error naming every wrong setting: key, value and what is allowed.
 */
export function readBootstrapSettings(config: Readonly<Record<string, string>>): BootstrapSettings {
  const project = parse(readFileSync(new URL("Pulumi.yaml", import.meta.url), "utf8")) as {
    config: Record<string, { type: string; default?: unknown }>;
  };
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(project.config).map(([key, { default: fallback }]) => [key, fallback]),
  );
  for (const [name, text] of Object.entries(config))
    if (name.startsWith(PREFIX)) {
      const key = name.slice(PREFIX.length);
      values[key] = project.config[key]?.type === "string" ? text : fromText(text);
    }
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map(
          (key) => `${PREFIX}${key} is no setting; there are: ${Object.keys(schema.shape).join(", ")}`,
        )
      : [told(issue.path, values, issue.message)],
  );
  throw new Error(
    `The settings of the bootstrap are wrong:\n${faults.map((fault) => `  ${fault}`).join("\n")}`,
  );
}

function told(path: readonly PropertyKey[], values: Record<string, unknown>, message: string): string {
  const key = String(path[0]);
  const value = values[key];
  return value === undefined
    ? `${PREFIX}${key} is not set`
    : `${PREFIX}${key} is ${JSON.stringify(value)}: ${message}`;
}

function fromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // the schema says what is allowed
  }
}
