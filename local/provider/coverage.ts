/** What is modelled of each resource type, read off the code, for docs/verified.md. */
import { DELAYED } from "../account/propagation.ts";
import { behaviours } from "./behaviours/index.ts";
import { resourceType } from "./catalogue.ts";
import { deletesBeforeReplacing } from "./delete-before-replace.ts";
import { HELD, PROTECTED } from "./deletion.ts";
import { nameArgument } from "./names.ts";
import { POLICY_ARGUMENTS } from "./policies/kinds.ts";

const HEAD = [
  "| resource type | name taken | references checked | policies checked | replaced on changes of | provider deletes first | deletion has conditions or effects | acts late |",
  "| --- | --- | --- | --- | --- | --- | --- | --- |",
];

const mark = (value: boolean): string => (value ? "yes" : "");

/** A Markdown table with a row for each type that does more than exist. */
export function coverageTable(): string {
  const rows = Object.entries(behaviours)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([token, { conflict, unique, verify, remove, remains }]) => {
      const type = resourceType(token);
      if (!type) throw new Error(`${token} has a behaviour and no data`);
      const policies = (POLICY_ARGUMENTS[token] ?? []).map(([, kind]) => kind);
      if (token.includes("serverlessAccessPolicy") || token.includes("serverlessSecurityPolicy"))
        policies.push("collection" as never);
      const cells = [
        `\`${token}\``,
        mark(conflict !== undefined || unique !== undefined),
        mark(verify !== undefined),
        policies.join(", "),
        String(type.replaceOn.length),
        mark(deletesBeforeReplacing(type, { [nameArgument(type)]: "x" })),
        mark(remove !== undefined || remains !== undefined || token in HELD || token in PROTECTED),
        token in DELAYED ? `${String(DELAYED[token])} times` : "",
      ];
      return `| ${cells.join(" | ")} |`;
    });
  return [...HEAD, ...rows].join("\n");
}

/** A Markdown table of what is not deleted, and with which error. */
export function deletionTable(): string {
  const short = (token: string): string => `\`${token.split(":").at(-1) ?? ""}\``;
  const held = Object.entries(HELD).flatMap(([token, conditions]) =>
    conditions.map(({ by, code }) => [
      short(token),
      [...new Set(by.map(([type]) => short(type)))].join(", "),
      `\`${code}\``,
    ]),
  );
  const guarded = Object.entries(PROTECTED).map(([token, { input, code }]) => [
    short(token),
    `its \`${input}\``,
    `\`${code}\``,
  ]);
  const rows = [...held, ...guarded].map((cells) => `| ${cells.join(" | ")} |`);
  return ["| not deleted | while there is | error |", "| --- | --- | --- |", ...rows].join("\n");
}
