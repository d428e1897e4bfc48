/** Writes the tables of docs/network.md from the table of doors: `node infra/documents/network-page.ts`. */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { PART_CALLS, SERVICES, WORKLOADS, type Door, type Service, type Workload } from "./doors.ts";

export const NETWORK_PAGE = fileURLToPath(new URL("../../docs/network.md", import.meta.url));

const DOORS: Readonly<Record<Door, string>> = {
  gateway: "gateway endpoint",
  interface: "interface endpoint",
  collections: "endpoint of OpenSearch Serverless",
  domain: "security group of the domain",
};

function talks(): string[][] {
  const functions = Object.entries<Workload>(WORKLOADS).map(([fn, workload]) => [
    `\`${fn}\``,
    workload.network === "inside" ? doors(workload.calls) : codes(workload.calls),
    workload.network === "inside" ? "inside" : `outside. ${workload.why}`,
  ]);
  const parts = Object.entries(PART_CALLS).map(([part, calls]) => [
    `part \`${part}\``,
    doors(calls),
    "inside",
  ]);
  const inside = (row: readonly string[]): boolean => row[2] === "inside";
  return [...functions.filter(inside), ...parts, ...functions.filter((row) => !inside(row))];
}

function services(): string[][] {
  return Object.entries<Service>(SERVICES).map(([name, { title, door, actions, ofAws = [] }]) => [
    title,
    door === "gateway" || door === "interface" ? `\`com.amazonaws.<region>.${name}\`` : "",
    DOORS[door],
    codes(actions),
    codes(ofAws),
  ]);
}

const codes = (texts: readonly string[]): string => texts.map((text) => `\`${text}\``).join(", ");

/** Services by their doors. */
function doors(calls: readonly (keyof typeof SERVICES)[]): string {
  return (Object.keys(DOORS) as Door[])
    .map((door) => [DOORS[door], calls.filter((each) => SERVICES[each].door === door)] as const)
    .filter(([, through]) => through.length > 0)
    .map(([door, through]) => `${door}: ${codes(through)}`)
    .join("; ");
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

const TABLES: Readonly<Record<string, () => string>> = {
  talks: () => table(["who", "talks to", "where"], talks()),
  services: () =>
    table(
      ["service", "endpoint", "door", "actions admitted", "what of AWS's own is admitted too"],
      services(),
    ),
};

/** The page with its tables as the program has them. @throws Error if a mark is missing */
export function networkPage(page: string): string {
  return Object.entries(TABLES).reduce((text, [name, make]) => {
    const [from, to] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
    const [start, end] = [text.indexOf(from), text.indexOf(to)];
    if (start < 0 || end < start) throw new Error(`docs/network.md lacks ${from} or ${to}`);
    return `${text.slice(0, start)}${from}\n\n${make()}\n\n${text.slice(end)}`;
  }, page);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(NETWORK_PAGE, networkPage(readFileSync(NETWORK_PAGE, "utf8")));
