/** One layer is taken away: which of the others still refuses? Each mechanism is asked alone, all others allowing everything. */
import type { AccountModel, PlacedPolicy } from "../model/account.ts";
import type { Counterexample, Layer } from "../report/verdict.ts";
import type { Decider, Outcome } from "./decider.ts";
import { counterexample, whoIs } from "./finding.ts";
import { GUARANTEE, type Mechanism, MECHANISMS, MERGED } from "./guarantee.ts";
import type { IamPart, Part, Request, Target, TargetKind } from "./request.ts";
import { TARGETS } from "./request.ts";
import { capital } from "./separation.ts";
import type { Reach } from "./sessions.ts";
import { EVERYTHING, outsideRole, type Subject, TENANT_TAG } from "./subject.ts";

/** What refuses by itself, for one kind of one tenant's. */
export interface Cell {
  readonly kind: TargetKind;
  readonly tier: "silo" | "pool";
  readonly owner: string;
  readonly refusing: ReadonlySet<Mechanism>;
  /** Whether the cell is of stores that are merged. */
  readonly merged: boolean;
}

export interface Ablation {
  readonly cells: readonly Cell[];
  readonly counterexamples: readonly Counterexample[];
}

const POLICY_OF: Readonly<Partial<Record<TargetKind, Mechanism>>> = {
  objects: "bucket policy",
  "merged-objects": "bucket policy",
  listing: "bucket policy",
  key: "key policy",
  "registry-item": "table policy",
  "session-item": "table policy",
  "budget-item": "table policy",
  "user-item": "table policy",
  secret: "secret's policy",
  conversation: "memory policy",
};

/** Roles that a tenant's identity comes in. */
const OF_TENANTS: ReadonlySet<string> = new Set(["data", "ingest", "kb", "erase", "members"]);

export function ablation(
  model: AccountModel,
  decider: Decider,
  reach: Reach,
  requests: readonly Request[],
): Ablation {
  const cells: Cell[] = [];
  const counterexamples: Counterexample[] = [];
  const strangers = reach.subjects.filter(({ kind }) => OF_TENANTS.has(kind));
  const groups = new Map<string, Request[]>();
  for (const request of requests) {
    const { kind, owner } = request.target;
    if (owner === undefined || (GUARANTEE[kind] === undefined && kind !== "merged-objects")) continue;
    const key = `${kind} ${owner}`;
    const group = groups.get(key);
    if (group) group.push(request);
    else groups.set(key, [request]);
  }
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { target } = first;
    const { owner, tier } = target;
    if (owner === undefined || tier === undefined) continue;
    const merged = target.kind === "merged-objects";
    const kind = merged ? "objects" : target.kind;
    const expected = (merged ? MERGED : GUARANTEE)[kind]?.[tier] ?? [];
    const refusing = new Set<Mechanism>();
    for (const mechanism of mechanismsOf(group)) {
      const through = passes(model, decider, mechanism, group, owner, strangers);
      if (through === undefined) refusing.add(mechanism);
      else if (expected.includes(mechanism)) counterexamples.push(worse(model, mechanism, through, merged));
    }
    for (const mechanism of expected)
      if (!mechanismsOf(group).has(mechanism)) counterexamples.push(missing(model, mechanism, target));
    cells.push({ kind, tier, owner, refusing, merged });
  }
  return { cells: [...cells, ...filters(model, decider, counterexamples)], counterexamples };
}

function mechanismsOf(group: readonly Request[]): ReadonlySet<Mechanism> {
  const out = new Set<Mechanism>(["role's policy", "boundary"]);
  for (const { target, parts } of group)
    for (const part of parts)
      if (part.by === "collection") out.add("data-access policy");
      else if (part.by === "engine") out.add("engine's roles");
      else if (part.policies.length > 0) out.add(POLICY_OF[target.kind] ?? "domain policy");
  return out;
}

interface Through {
  readonly subject: Subject;
  readonly request: Request;
  readonly part: Part;
  readonly outcome: Outcome;
}

/** The first stranger whom a mechanism does not refuse by itself. */
function passes(
  model: AccountModel,
  decider: Decider,
  mechanism: Mechanism,
  group: readonly Request[],
  owner: string,
  strangers: readonly Subject[],
): Through | undefined {
  const kind = group[0]?.target.kind ?? "objects";
  // The role of users' administration has the platform's boundary, and no business but with users and the registry.
  const kinds = attackersOf(kind, mechanism);
  const those = strangers.filter((subject) => kinds.includes(subject.kind));
  const subjects =
    MECHANISMS[mechanism] === "resources" &&
    mechanism !== "data-access policy" &&
    mechanism !== "engine's roles"
      ? [...those.filter(({ tag }) => tag !== owner), ...retagged(model, owner)]
      : those.filter(({ tag, roleOf }) => tag !== owner && roleOf !== owner);
  for (const request of group)
    for (const subject of subjects) {
      const [first] = request.parts;
      const part = partOf(mechanism, request);
      if (part === undefined || first === undefined) continue;
      if (mechanism === "boundary" && subject.boundary === undefined) {
        return { subject, request, part, outcome: NOTHING };
      }
      const [outcome] = decider.allowed(only(mechanism, subject), part);
      if (outcome !== undefined) return { subject, request, part, outcome };
    }
  return undefined;
}

function attackersOf(kind: TargetKind, mechanism: Mechanism): readonly string[] {
  if (kind === "user-item") return ["members"];
  if (kind === "registry-item" && mechanism !== "boundary")
    return ["data", "ingest", "kb", "erase", "members"];
  return ["data", "ingest", "kb", "erase"];
}

const NOTHING: Outcome = {
  decision: { allowed: true, reason: "allowed", detail: "the role has no permissions boundary" },
  context: {},
};

/** Sessions that the resource's policy alone stands against: a tenant's own role and others of the account, tagged almost as the owner. */
function retagged(model: AccountModel, owner: string): readonly Subject[] {
  const other = model.tenants.find(({ id }) => id !== owner)?.id ?? `${owner}-2`;
  const { account, partition, environment } = model.where;
  const role = `arn:${partition}:iam::${account}:role`;
  return [
    {},
    ...[other, `${owner}-2`, owner.slice(0, -1), owner.toUpperCase(), `${owner}*`].map((tag) => ({
      [TENANT_TAG]: tag,
    })),
  ].flatMap((tags) => [
    outsideRole(`${role}/bulkhead.${environment}.data.${other}`, "stranger", tags, account),
    outsideRole(`${role}/stranger`, "stranger", tags, account),
  ]);
}

/** The one part that a mechanism decides. */
function partOf(mechanism: Mechanism, { parts }: Request): Part | undefined {
  if (mechanism === "data-access policy") return parts.find(({ by }) => by === "collection");
  if (mechanism === "engine's roles") return parts.find(({ by }) => by === "engine");
  const part = parts.find((each): each is IamPart => each.by === "iam");
  if (part === undefined || MECHANISMS[mechanism] === "resources") return part;
  // A key's policy has to allow: in its place stands one that leaves all to the account's own policies.
  return { ...part, policies: part.mode === "required" ? [delegating(part)] : [] };
}

const delegations = new Map<string, PlacedPolicy>();
function delegating({ resource }: IamPart): PlacedPolicy {
  const account = /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(resource)?.[1] ?? "";
  const known = delegations.get(account) ?? {
    urn: "",
    name: "a policy that leaves all to the account's own",
    document: {
      Version: "2012-10-17",
      Statement: {
        Sid: "Account",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: "*",
        Resource: "*",
      },
    },
  };
  delegations.set(account, known);
  return known;
}

function only(mechanism: Mechanism, subject: Subject): Subject {
  if (mechanism === "role's policy") return { ...subject, boundary: undefined };
  if (mechanism === "boundary") return { ...subject, identity: [EVERYTHING] };
  return { ...subject, identity: [EVERYTHING], boundary: undefined };
}

function worse(model: AccountModel, mechanism: Mechanism, through: Through, merged: boolean): Counterexample {
  const { subject, request, part, outcome } = through;
  const removed = removedFor(mechanism);
  const what = merged
    ? `${TARGETS.objects} that are put into another tenant's bucket`
    : TARGETS[request.target.kind];
  return counterexample(model, {
    question: "ablation",
    subject,
    request,
    context: outcome.context,
    decision: outcome.decision,
    part,
    removed,
    summary: `Without the ${LAYERS[removed]}, the ${mechanism} is to refuse strangers ${request.target.owner ?? ""}'s ${what}, and does not refuse ${request.action} to ${whoIs(subject)}`,
    remedy: `Mend the ${mechanism}: by itself, it has to refuse this.`,
  });
}

function missing(model: AccountModel, mechanism: Mechanism, target: Target): Counterexample {
  const removed = removedFor(mechanism);
  return {
    question: "ablation",
    summary: `${capital(target.owner ?? "")}'s ${TARGETS[target.kind]} ${target.name} has no ${mechanism}, which is to refuse strangers when the ${LAYERS[removed]} fail`,
    principal: { arn: "anyone", tags: {}, chain: [] },
    action: "any",
    resource: target.name,
    context: {},
    ...(target.owner === undefined
      ? {}
      : { owner: target.owner, file: `tenants/config/${model.where.environment}/${target.owner}.yaml` }),
    removed,
    urn: target.urn,
    remedy: `Give it its ${mechanism}.`,
  };
}

const LAYERS: Readonly<Record<Layer, string>> = {
  routing: "right route",
  credentials: "credentials' policies",
  resources: "resources' policies",
};

/** A mechanism is what is left when the other layer is gone. */
const removedFor = (mechanism: Mechanism): Layer =>
  MECHANISMS[mechanism] === "credentials" ? "resources" : "credentials";

/** In a shared index, the engine's roles show each tenant its own documents alone. */
function filters(model: AccountModel, decider: Decider, counterexamples: Counterexample[]): readonly Cell[] {
  return model.domains.flatMap((domain) =>
    domain.indices.flatMap((index): Cell[] => {
      const { owner } = index;
      if (owner === undefined) return [];
      const own = model.roles.filter((role) => role.owner === owner);
      const unfiltered = own.find(({ arn }) => {
        const decision = decider.engine(arn, {
          by: "engine",
          domain: domain.name,
          action: "indices:data/read/search",
          index: index.name,
          aliases: index.aliases,
        });
        return (
          decision.allowed &&
          JSON.stringify(decision.documentFilter) !== JSON.stringify({ term: { tenant_id: owner } })
        );
      });
      if (unfiltered !== undefined)
        counterexamples.push({
          question: "ablation",
          summary: `In an index that is shared by mistake, ${unfiltered.name} reads other tenants' documents: its role of the engine filters by no tenant`,
          principal: { arn: unfiltered.arn, tags: {}, chain: [unfiltered.arn], tenant: owner },
          action: "indices:data/read/search",
          resource: `${domain.name}/${index.name}`,
          context: {},
          owner,
          urn: index.urn,
          remedy: `Let the engine's role show documents whose tenant_id is ${owner}.`,
        });
      return [
        {
          kind: "index",
          tier: "pool",
          owner,
          refusing: new Set(unfiltered === undefined ? (["engine's roles"] as const) : []),
          merged: true,
        },
      ];
    }),
  );
}
