/** Who may what by design, with the reason: data, printed with every verdict. */
import type { AccountModel } from "../model/account.ts";
import type { Exception } from "../report/verdict.ts";
import { GRANTS } from "./grants/index.ts";
import { type Request, TARGETS } from "./request.ts";
import type { Subject } from "./subject.ts";

interface ControlException {
  readonly who: string;
  readonly actions: RegExp;
  /** Besides what the subject and the action say. */
  readonly when?: (request: Request) => boolean;
  readonly reaches: string;
  readonly reason: string;
}

const CONTROL: readonly ControlException[] = [
  {
    who: "operator.break-glass",
    actions: /./,
    // Its own policy keeps it from tenants' roles.
    when: ({ target }) => !(target.owner !== undefined && target.name.includes(":role/")),
    reaches: "policies and configuration of all but tenants' roles",
    reason:
      "people repair what the deployment can't; each use is an alarm, and tenants' roles stay out of its reach",
  },
];

export function mayControl(subject: Subject, request: Request): boolean {
  return CONTROL.some(
    ({ who, actions, when }) =>
      who === subject.kind && actions.test(request.action) && (when?.(request) ?? true),
  );
}

/** Those that somebody in this account makes use of. */
export function exceptionsOf(model: AccountModel, kinds: ReadonlySet<string>): readonly Exception[] {
  const nameOf = (kind: string): string => `bulkhead.${model.where.environment}.${kind}`;
  return [
    ...GRANTS.flatMap(({ who, on, exception, actions }) =>
      exception === undefined
        ? []
        : who
            .filter((kind) => kinds.has(kind))
            .map((kind) => ({
              principal: nameOf(kind),
              reaches: `${on.map((each) => TARGETS[each]).join(", ")} (${actions.join(", ")})`,
              reason: exception,
            })),
    ),
    ...CONTROL.filter(({ who }) => kinds.has(who)).map(({ who, reaches, reason }) => ({
      principal: nameOf(who),
      reaches,
      reason,
    })),
    {
      principal: "roles that the stack's policies name and do not make: those that deploy",
      reaches:
        "names of tenants' objects (not their contents), items of registry and users, the platform's key and secrets",
      reason: "they make what is proven here, by the program alone; docs/deploy.md says who holds them",
    },
    {
      principal: nameOf("fn.broker"),
      reaches: "tenants' data roles, each with its own tenant's tag",
      reason:
        "it gives credentials for a token that it has verified; a broker that is taken over is every tenant",
    },
    {
      principal: nameOf("fn.ingest"),
      reaches: "pooled tenants' ingest roles, each with its own tenant's tag",
      reason: "events of buckets carry no token: it derives the tenant from the bucket",
    },
  ];
}
