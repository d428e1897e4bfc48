/** Where a stack is deployed, as its own texts say: no setting of the program's is trusted for it. */
import type { Where } from "./account.ts";
import type { ModelResource } from "./resource.ts";

const STACK = /^urn:pulumi:([^:]+)::/;

/** The account and the region that most of the stack's own ARNs name, beside the environment that its URNs do. */
export function whereOf(resources: readonly ModelResource[]): Where | undefined {
  const environment = STACK.exec(resources[0]?.urn ?? "")?.[1];
  if (environment === undefined) return undefined;
  const counts = new Map<string, number>();
  // Tables and functions are this stack's own, by name: ARNs of others' don't count.
  const own = new RegExp(
    `arn:(aws[a-z-]*):(?:dynamodb|lambda|es|sqs|secretsmanager):([a-z0-9-]+):(\\d{12}):(?:table/|function:|domain/|secret:)?bulkhead[-/]${environment}[-/]`,
    "g",
  );
  for (const { props } of resources)
    for (const value of Object.values(props))
      if (typeof value === "string" && value.includes("arn:"))
        for (const [, partition = "", region = "", account = ""] of value.matchAll(own)) {
          const place = `${partition} ${region} ${account}`;
          counts.set(place, (counts.get(place) ?? 0) + 1);
        }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  if (most === undefined) return undefined;
  const [partition = "", region = "", account = ""] = most[0].split(" ");
  return { environment, account, region, partition };
}
