import { decide, type Context, type PolicyDocument, type Principal } from "../isolation/index.ts";
import { readPolicy } from "../support/documents.ts";
import { whereOf } from "../support/place.ts";
import { literalsOf } from "../support/probe/literals.ts";
import { Subject } from "../support/control.ts";
import { rule } from "../support/rule.ts";
import { ITEM_ACTIONS } from "../support/tenant-data.ts";

const EVERYTHING: PolicyDocument = {
  Version: "2012-10-17",
  Statement: { Sid: "Everything", Effect: "Allow", Action: "*", Resource: "*" },
};
const [OWN, OTHER] = ["tenant-a", "tenant-b"];

/** The table's own layer: it holds when the policies of a tenant's role are wrong. */
export const tableLeadingKeys = rule({
  name: "table-leading-keys",
  description:
    "A table that is partitioned by tenant has a policy of its own: a tenant's session reaches items of its own partition, by operations that name it, and nothing else.",
  severity: "critical",
  remediation:
    "Give the table an aws.dynamodb.ResourcePolicy that denies other operations, requests without `dynamodb:LeadingKeys` (Null true), and ForAnyValue:StringNotEquals `dynamodb:LeadingKeys` `${aws:PrincipalTag/tenant_id}`. ForAllValues holds for a request without keys: a Scan.",
  validate: (input, report) => {
    const { account, region } = whereOf(input.stack);
    for (const resource of input.stack.of(["aws:dynamodb/table:Table"])) {
      const table = new Subject(resource, report);
      const key = table.known("hashKey");
      if (key?.value !== "tenant_id") continue;
      const [name] = table.names("name");
      const kind = {
        types: ["aws:dynamodb/resourcePolicy:ResourcePolicy"],
        property: "resourceArn",
        what: "policy of its own",
      };
      const found = table.only(input, kind, [
        ...table.names("arn"),
        `arn:aws:dynamodb:${region}:${account}:table/${String(name)}`,
      ]);
      if (!found) continue;
      const policy = readPolicy(found.resource, "policy");
      if (policy.kind !== "document") {
        table.fault(`not proven: its policy ${policy.kind === "none" ? "is empty" : policy.why}`);
        continue;
      }
      const arn = `arn:aws:dynamodb:${region}:${account}:table/${String(name)}`;
      for (const fault of judge(policy.document, arn, account)) table.fault(fault);
    }
  },
});

function judge(document: PolicyDocument, resource: string, account: string): readonly string[] {
  // A tenant's session is of a role that the policy does not name, or of one that it does.
  const named = [...(literalsOf(document).asked.get("aws:principalarn")?.values ?? [])];
  const found = new Map<string, Set<string>>();
  const sessions: (readonly [string, string | undefined])[] = [
    [`arn:aws:iam::${account}:role/bulkhead-probe`, OWN],
    [`arn:aws:iam::${account}:role/bulkhead-probe`, undefined],
    ...named.filter((arn) => /\.(data|ingest|kb|members)(\.|$)/.test(arn)).map((arn) => [arn, OWN] as const),
  ];
  for (const [roleArn, tag] of sessions)
    for (const action of ITEM_ACTIONS)
      for (const [what, context] of FOREIGN) {
        const principal: Principal = {
          kind: "role-session",
          account,
          roleArn,
          sessionArn: `arn:aws:sts::${account}:assumed-role/${roleArn.split("/").at(-1) ?? ""}/probe`,
          tags: tag === undefined ? {} : { tenant_id: tag },
        };
        const decision = decide(
          { principal, action, resource, resourceAccount: account, context },
          {
            identity: [{ name: "everything", document: EVERYTHING }],
            resource: [{ name: "the table's policy", document }],
          },
        );
        if (!decision.allowed && decision.reason !== "unsupported") continue;
        const who = tag === undefined ? "a role without a tenant's tag" : "a tenant's session";
        const fault = `${what} is ${decision.allowed ? "allowed" : "perhaps allowed"} to ${who}`;
        found.set(fault, (found.get(fault) ?? new Set()).add(action));
      }
  return [...found].map(([fault, actions]) => {
    const [first = "", ...more] = actions;
    return `${first}${more.length > 0 ? ` and ${more.length} more` : ""} ${fault}`;
  });
}

const FOREIGN: readonly (readonly [string, Context])[] = [
  ["on another tenant's items", { "dynamodb:LeadingKeys": [OTHER] }],
  ["on its own and another tenant's items at once", { "dynamodb:LeadingKeys": [OWN, OTHER] }],
  ["without a key (all items)", {}],
];
