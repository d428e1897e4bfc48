/** The attacks as data: the lists that they are generated from, read from YAML files and checked. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** Whom an attack names. `none`: no tenant at all, an empty name. */
export const TARGETS = ["other", "prefix", "suspended", "none"] as const;
export type TargetKind = (typeof TARGETS)[number];

/** The layer that has to refuse. */
export const LAYERS = ["identity and routing", "credentials", "resources"] as const;
export type Layer = (typeof LAYERS)[number];

const because = z.string().min(10);
const strings = z.record(z.string(), z.string());
const tier = z.enum(["silo", "pool"]);

/** Where a request's parts come from. Placeholders: {@link file://./stage.ts}. `{name}` is what the way makes of the API's name. */
const parts = {
  path: z.string().startsWith("/").optional(),
  query: strings.optional(),
  headers: strings.optional(),
  /** An object: JSON; `form`: URL-encoded; `lines`: JSON lines. */
  body: z.record(z.string(), z.unknown()).optional(),
  form: strings.optional(),
  lines: z.array(z.record(z.string(), z.unknown())).optional(),
};

const callerSchema = z.strictObject({
  what: z.string(),
  /**
   * `user`: a member's access token. `broker`: the data credentials that the broker gives a member. `insider`: a session of a role
   * that only its function or service gets, as code that took it over has it. `outsider`: a role of the account with wide rights and
   * no tenant. `nobody`: no signature, no token.
   */
  is: z.enum(["user", "broker", "insider", "outsider", "nobody"]),
  role: z.string().optional(),
  tags: strings.optional(),
  tier: tier.optional(),
});

const waySchema = z.strictObject({
  what: z.string(),
  /** The kinds of name that it can be used with. */
  names: z.array(z.string()),
  /** What becomes of the name: `{own}` and `{target}` are the API's name for attacker and target. Default `{target}`. */
  name: z.string().optional(),
  /** Laid over the API's request; objects are merged. */
  ...parts,
  /** `presigned`: the signature is in the query. `redirected`: signed for the attacker's own, sent to the target's. */
  sign: z.enum(["presigned", "redirected"]).optional(),
});

const apiSchema = z.strictObject({
  api: z.string(),
  /** What IAM is asked. Default: the API's name, unless it is one of HTTP. */
  actions: z.array(z.string()).optional(),
  /** The name that requests are signed for; `http` is the assistant's own API, with a bearer token. */
  service: z.string(),
  /** Where it is served, if not at the service's own endpoint: `{target.endpoint}`, or another service's name. */
  at: z.string().optional(),
  tier: tier.optional(),
  /** A value (`own.secret`, or the platform's) without which there is nothing to attack: of a part that not every deployment has. */
  needs: z.string().optional(),
  /** The kind of name that it takes, and what that is for one tenant (`{of.…}`). */
  names: z.string(),
  name: z.string(),
  method: z.enum(["GET", "HEAD", "POST", "PUT", "DELETE"]),
  ...parts,
  /** The harmless twin: who sends the same request, to whom that is entitled. */
  control: z.strictObject({
    /** Sends it on its own tenant's, or, for `operator`, on the target's. */
    by: z.string(),
    /** Another API, where nobody of a tenant may use this one. */
    api: z.string().optional(),
  }),
  /** The request is not complete, so that it harms nothing where it is allowed: a complaint about that counts as allowed. */
  incomplete: z.boolean().optional(),
});

/** Names; `s3:*` for all that begin so, `!x` for all but x. */
const selector = {
  callers: z.array(z.string()).optional(),
  apis: z.array(z.string()).optional(),
  ways: z.array(z.string()).optional(),
  targets: z.array(z.string()).optional(),
};
const exclusionSchema = z.strictObject({ ...selector, because });
const blockerSchema = z.strictObject({
  ...selector,
  layer: z.enum(LAYERS),
  /** A regular expression that what refused must match: a statement and its policy, or a part of the system. */
  by: z.string(),
  /** A status that counts as a refusal besides those that say so. */
  status: z.int().optional(),
  /** Only OpenSearch's own roles and settings stand in the way: the in-process index follows them, but is no evidence of the engine. */
  engineOnly: z.boolean().optional(),
});
const tokenSchema = z.strictObject({
  what: z.string(),
  targets: z.array(z.enum(TARGETS)).optional(),
  /** What each door must say. */
  by: z.string().default("^the API: 401|^the broker: (invalid-token|invalid-request)"),
});

const fileSchema = z.strictObject({
  callers: z.record(z.string(), callerSchema).default({}),
  ways: z.record(z.string(), waySchema).default({}),
  apis: z.array(apiSchema).default([]),
  exclude: z.array(exclusionSchema).default([]),
  blocked: z.array(blockerSchema).default([]),
  tokens: z.record(z.string(), tokenSchema).default({}),
});

export type Caller = z.infer<typeof callerSchema>;
export type Way = z.infer<typeof waySchema>;
export type Api = z.infer<typeof apiSchema>;
export type Exclusion = z.infer<typeof exclusionSchema>;
export type Blocker = z.infer<typeof blockerSchema>;
export type TokenForgery = z.infer<typeof tokenSchema>;
export type Grammar = z.infer<typeof fileSchema>;
export type Selector = Partial<Pick<Exclusion, "callers" | "apis" | "ways" | "targets">>;

/** Where the lists are in the project. */
const attacksFolder = (): string => join(import.meta.dirname, "..", "tests", "scenarios", "attacks");

/** Reads and joins all files of the folder, in the order of their names. @throws Error naming the file that is wrong */
export function loadGrammar(folder: string = attacksFolder()): Grammar {
  const joined: Grammar = { callers: {}, ways: {}, apis: [], exclude: [], blocked: [], tokens: {} };
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort()) {
    const read = fileSchema.safeParse(parse(readFileSync(join(folder, file), "utf8"), { merge: true }));
    if (!read.success) throw new Error(`${join(folder, file)}: ${z.prettifyError(read.error)}`);
    Object.assign(joined.callers, read.data.callers);
    Object.assign(joined.ways, read.data.ways);
    Object.assign(joined.tokens, read.data.tokens);
    joined.apis.push(...read.data.apis);
    joined.exclude.push(...read.data.exclude);
    joined.blocked.push(...read.data.blocked);
  }
  return joined;
}
