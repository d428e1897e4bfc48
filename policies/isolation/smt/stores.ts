/** What stores decide by themselves: data-access policies of collections, roles of a domain's engine. */
import { fields, parseJson } from "../json.ts";
import type { AccessPolicy, Domain } from "../model/account.ts";
import { actionTests, isClusterAction } from "../opensearch/action-groups.ts";
import { tokenize } from "../evaluate/wildcard.ts";
import type { CollectionPart, EnginePart } from "../prove/request.ts";
import { and, constant, type Formula, or } from "./formula.ts";
import { glob, type Pattern } from "./glob.ts";
import { parametric, type StandIns } from "./pattern.ts";
import { begins, equal, type Text } from "./text.ts";

interface Entry {
  readonly Rules: readonly {
    readonly ResourceType: string;
    readonly Resource: readonly string[];
    readonly Permission: readonly string[];
  }[];
  readonly Principal: readonly string[];
}

/** @param policies that the evaluator reads without a fault */
export function collectionAccess(
  roleArn: Text,
  { permission, resourceType, resource }: CollectionPart,
  policies: readonly AccessPolicy[],
  standIns: StandIns,
): Formula {
  const asked = parametric(resource, standIns);
  const matches = (pattern: string): Formula =>
    pattern.endsWith("*")
      ? begins(asked, parametric(pattern.slice(0, -1), standIns))
      : equal(asked, parametric(pattern, standIns));
  return or(
    ...policies
      .flatMap(({ document }) => parseJson(document) as readonly Entry[])
      .map(({ Rules, Principal }) =>
        and(
          or(...Principal.map((arn) => equal(roleArn, parametric(arn, standIns)))),
          or(
            ...Rules.filter(
              ({ ResourceType, Permission }) =>
                ResourceType === resourceType &&
                (Permission.includes("aoss:*") || Permission.includes(permission)),
            ).map(({ Resource }) => or(...Resource.map(matches))),
          ),
        ),
      ),
  );
}

/** A document filter limits what is read, not whether: here it allows. */
export function engineAccess(
  roleArn: Text,
  { action, index, aliases }: EnginePart,
  { security, masters }: Domain,
  standIns: StandIns,
): Formula {
  const names = [index, ...aliases].map((name) => parametric(name, standIns));
  const isMaster = or(...masters.map((arn) => equal(roleArn, parametric(arn, standIns))));
  const allowed = Object.entries(security.mappings).map(([name, mapping]) => {
    const { backend_roles: backend = [] } = mapping as { readonly backend_roles?: readonly string[] };
    const role = fields(
      security.roles[name] ?? {},
      ["cluster_permissions", "index_permissions", "tenant_permissions", "description"],
      name,
    ) as { cluster_permissions?: readonly string[]; index_permissions?: readonly Permission[] };
    const may = isClusterAction(action)
      ? constant(can(role.cluster_permissions, action))
      : or(
          ...(role.index_permissions ?? [])
            .filter(({ allowed_actions: actions }) => can(actions, action))
            .flatMap(({ index_patterns: patterns = [] }) =>
              patterns.flatMap((pattern) => names.map((each) => glob(patternOf(pattern, standIns), each))),
            ),
        );
    return and(or(...backend.map((arn) => equal(roleArn, parametric(arn, standIns)))), may);
  });
  return or(isMaster, ...allowed);
}

interface Permission {
  readonly index_patterns?: readonly string[];
  readonly allowed_actions?: readonly string[];
}

const can = (names: readonly string[] = [], action: string): boolean =>
  names.some((name) => actionTests(name, name).some((test) => test(action)));

const patternOf = (pattern: string, standIns: StandIns): Pattern =>
  tokenize(pattern).flatMap((token): Pattern =>
    typeof token === "string" ? parametric(token, standIns) : [token],
  );
