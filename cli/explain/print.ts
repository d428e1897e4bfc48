/** An answer as people read it. */
import { styleText } from "node:util";
import process from "node:process";
import type { ExplainedLayer, Miss } from "../../policies/isolation/index.ts";
import type { Context, StatementRef } from "../../policies/isolation/types.ts";
import type { Answer } from "./index.ts";
import type { Step } from "./asking.ts";

const LAYERS: Readonly<Record<ExplainedLayer["kind"], string>> = {
  identity: "identity policies",
  boundary: "permissions boundary",
  session: "session policy",
  resource: "resource policy",
  scp: "service control policy",
  rcp: "resource control policy",
};
const RESOURCE_POLICIES: Readonly<Record<string, string>> = { kms: "key policy", sts: "trust policy" };
const WIDTH = 24;

export function print(answer: Answer): string {
  const { principal, tags, steps, allowed } = answer;
  const shown = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  const refused = steps.find(({ decision }) => !decision.allowed);
  const lines = [
    principal,
    `tags: ${shown.length > 0 ? shown.join(", ") : "none"}`,
    ...steps.flatMap((step, i) => ["", ...printStep(step, i + 1)]),
    "",
    allowed
      ? colour("green", "Allowed.")
      : colour("red", `Denied: ${refused?.action ?? ""}, ${refused?.decision.detail ?? ""}.`),
  ];
  return `${lines.join("\n")}\n`;
}

function printStep({ action, resource, decision, layers }: Step, number: number): string[] {
  return [
    `${number}. ${colour("bold", action)} on ${resource}`,
    ...layers.flatMap((layer) => printLayer(layer, action)),
    `   ${"decision".padEnd(WIDTH)}${colour(decision.allowed ? "green" : "red", decision.detail)}`,
  ];
}

function printLayer(layer: ExplainedLayer, action: string): string[] {
  const { kind, policies, allows, denies, unsupported, misses } = layer;
  const [service = ""] = action.split(":");
  const name = (kind === "resource" ? RESOURCE_POLICIES[service] : undefined) ?? LAYERS[kind];
  const line = (what: string, text: string, label = ""): string =>
    `   ${label.padEnd(WIDTH)}${what.padEnd(14)}${text}`;
  const said: (readonly [what: string, text: string])[] = [
    ...denies.map((ref) => ["denies", statement(ref)] as const),
    ...unsupported.map((text) => ["not understood", text] as const),
    ...allows.map((ref) => ["allows", statement(ref)] as const),
  ];
  if (policies.length === 0) return [line("none", "", name).trimEnd()];
  if (said.length === 0) said.push(["says nothing", policies.join(", ")]);
  const near = allows.length > 0 ? [] : misses.filter(({ effect }) => effect === "Allow");
  return [
    ...said.map(([what, text], i) => line(what, text, i === 0 ? name : "")),
    ...near.flatMap((miss) => printMiss(miss).map((text) => line("", text))),
  ];
}

function printMiss({ statement: ref, conditions }: Miss): string[] {
  return [
    `${statement(ref)} would allow, but for`,
    ...conditions.map(
      ({ operator, key, values, actual }) =>
        `  ${operator} ${key}: ${values.join(" or ")}; the request has ${actual === undefined ? "none" : value(actual)}`,
    ),
  ];
}

const statement = (ref: StatementRef): string => `${ref.statement} of ${ref.policy}`;
const value = (actual: Context[string]): string => (typeof actual === "string" ? actual : actual.join(", "));

function colour(style: "green" | "red" | "bold", text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
