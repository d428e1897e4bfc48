/** Items of tables that tenants share, by partition. */
import type { AccountModel, Table } from "../../model/account.ts";
import type { Request, Target, TargetKind } from "../request.ts";
import { ON_ITEMS, ON_TABLES } from "./actions.ts";
import { asked, listed, tagFacts, type TargetOf } from "./targets.ts";

/** What tables of the naming contract hold. Others are partitioned by tenant, as sessions are, or said to be here. */
const HOLDS: Readonly<Record<string, TargetKind>> = {
  registry: "registry-item",
  users: "user-item",
  memberships: "other-item",
  ledger: "ledger-item",
  budgets: "budget-item",
};

const kindOf = ({ name }: Table, { where }: AccountModel): TargetKind =>
  HOLDS[name.replace(`bulkhead-${where.environment}-`, "")] ?? "session-item";

/** Asked about once, whatever they are. */
const OF_NOBODY: ReadonlySet<TargetKind> = new Set(["ledger-item", "other-item"]);

/** Whether a table's items are asked about by tenant. */
export const isByTenant = (table: Table, model: AccountModel): boolean =>
  !OF_NOBODY.has(kindOf(table, model));

export function ofTable(table: Table, target: TargetOf, model: AccountModel): readonly Request[] {
  const kind = kindOf(table, model);
  const ask = (of: Target, action: string, leading: readonly string[], resource = table.arn): Request =>
    asked(of, action, resource, {
      facts: {
        ...tagFacts(table.tags),
        ...(leading.length > 0 ? { "dynamodb:LeadingKeys": leading } : {}),
      },
      policies: listed(table.policy),
    });
  const byTenant = isByTenant(table, model);
  const platform = target(byTenant ? "platform-item" : kind, { urn: table.urn, owner: undefined }, table.arn);
  if (!byTenant) return ON_ITEMS.map((action) => ask(platform, action, ["somebody"]));
  const [first = "", second = first] = model.tenants.map(({ id }) => id);
  return [
    ...model.tenants.flatMap(({ id }) => {
      const urn = table.items.find(({ owner }) => owner === id)?.urn ?? table.urn;
      const item = target(kind, { urn, owner: id }, `${table.arn} ${id}`);
      const other = id === first ? second : first;
      return [
        ...ON_ITEMS.map((action) => ask(item, action, [id])),
        // A request for several items that begins, or ends, with one of one's own.
        ...["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"].flatMap((action) => [
          ask(item, action, [other, id]),
          ask(item, action, [id, other]),
        ]),
        ...ON_TABLES.map((action) => ask(item, action, [])),
        ...table.indexes.flatMap((index) =>
          ["dynamodb:Query", "dynamodb:Scan"].map((action) =>
            ask(item, action, [], `${table.arn}/index/${index}`),
          ),
        ),
        ...(table.stream ? [ask(item, "dynamodb:GetRecords", [], `${table.arn}/stream/any`)] : []),
      ];
    }),
    ...ON_ITEMS.map((action) => ask(platform, action, ["--platform"])),
  ];
}
