/** What an update would change, and for whom: from the steps of a preview, as `pulumi preview --json --show-sames` writes them. */
import { z } from "zod";

/** What happens to a resource; a replacement is one thing, whatever steps the engine takes for it. */
export type What = "create" | "update" | "replace" | "delete";

export interface Change {
  readonly what: What;
  readonly urn: string;
  /** `aws:s3/bucket:Bucket` */
  readonly type: string;
  /** The resource's name in the program. */
  readonly name: string;
  /** Whose it is; undefined: the platform's. */
  readonly tenant?: string;
  /** Arguments that differ; those that force a replacement, for one. */
  readonly because: readonly string[];
}

const State = z.object({
  type: z.string(),
  custom: z.boolean().optional(),
  parent: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).nullish(),
});

const Digest = z.object({
  steps: z.array(
    z.object({
      op: z.string(),
      urn: z.string(),
      oldState: State.nullish(),
      newState: State.nullish(),
      diffReasons: z.array(z.string()).nullish(),
      replaceReasons: z.array(z.string()).nullish(),
    }),
  ),
});

const WHAT: Readonly<Record<string, What>> = {
  create: "create",
  import: "create",
  update: "update",
  delete: "delete",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "import-replacement": "replace",
};

/** The component that a tenant is; its name in the program is the tenant's id. */
const TENANT = "bulkhead:tenants:Tenant";

/** The worst first, as a reader needs it. */
const ORDER: readonly What[] = ["delete", "replace", "update", "create"];

/**
 * Changes in the order of what they take away: deletions first. Components are left out, since nothing is deployed for them.
 * @throws z.ZodError for what is not a preview
 */
export function changesOf(digest: unknown): readonly Change[] {
  const { steps } = Digest.parse(digest);
  const states = new Map(steps.map(({ urn, oldState, newState }) => [urn, newState ?? oldState]));
  const changes = new Map<string, Change>();
  for (const { op, urn, oldState, newState, diffReasons, replaceReasons } of steps) {
    const state = newState ?? oldState;
    const what = WHAT[op];
    if (!what || !state?.custom || state.type.startsWith("pulumi:providers:")) continue;
    const before = changes.get(urn);
    const tenant = tenantOf(urn, states);
    changes.set(urn, {
      what: before && before.what !== what ? "replace" : what,
      urn,
      type: state.type,
      name: nameOf(urn),
      ...(tenant === undefined ? {} : { tenant }),
      because: [
        ...new Set([
          ...(before?.because ?? []),
          ...(replaceReasons ?? []),
          ...(what === "update" ? (diffReasons ?? []) : []),
        ]),
      ],
    });
  }
  return [...changes.values()].sort(
    (a, b) => ORDER.indexOf(a.what) - ORDER.indexOf(b.what) || (a.urn < b.urn ? -1 : 1),
  );
}

/** Tenants whose component comes or goes. */
export function comingAndGoing(digest: unknown): {
  readonly added: readonly string[];
  readonly removed: readonly string[];
} {
  const { steps } = Digest.parse(digest);
  const of = (wanted: string): string[] =>
    steps
      .filter(({ op, oldState, newState }) => op === wanted && (newState ?? oldState)?.type === TENANT)
      .map(({ urn }) => nameOf(urn));
  return { added: of("create").sort(), removed: of("delete").sort() };
}

export const nameOf = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

type States = ReadonlyMap<string, z.infer<typeof State> | null | undefined>;

/** By the component that it stands in; else by its tag, whose key AWS takes in any letter case. */
function tenantOf(urn: string, states: States): string | undefined {
  const seen = new Set<string>();
  for (let at: string | undefined = urn; at !== undefined && !seen.has(at); at = states.get(at)?.parent) {
    seen.add(at);
    if (states.get(at)?.type === TENANT) return nameOf(at);
  }
  const tags = states.get(urn)?.inputs?.["tags"];
  if (typeof tags !== "object" || tags === null) return undefined;
  const tag = Object.entries(tags).find(([key]) => key.toLowerCase() === "tenant_id")?.[1] as unknown;
  return typeof tag === "string" ? tag : undefined;
}
