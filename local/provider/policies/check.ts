/** Refuses policies as their services do, and notes which roles their principals meant. */
import { AwsError } from "../../gateway/contract.ts";
import type { Draft } from "../behaviour.ts";
import { find, steps } from "../paths.ts";
import { foreign, principalsOf, visibleRole } from "../references.ts";
import { text } from "../values.ts";
import { bucketFault } from "./bucket.ts";
import { policyFault, quoted } from "./grammar.ts";
import type { Fault } from "./fault.ts";
import { KINDS, POLICY_ARGUMENTS } from "./kinds.ts";
import type { PolicyKind } from "./kinds.ts";
import { checkServerlessPolicy } from "./serverless.ts";

const SERVERLESS = {
  "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy": true,
  "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy": true,
} as const;

/**
 * @returns the unique ids of the roles that the policies name, by ARN. AWS keeps these ids and not the ARNs, so a role
 * that is made again under the same name is not meant any more.
 * @throws AwsError what the service says to the first fault
 */
export function checkPolicies(type: string, draft: Draft): Readonly<Record<string, string>> {
  if (type in SERVERLESS) checkServerlessPolicy(text(draft.inputs, "type"), text(draft.inputs, "policy"));
  const ids: Record<string, string> = {};
  for (const [path, name] of POLICY_ARGUMENTS[type] ?? []) {
    const kind: PolicyKind = KINDS[name];
    for (const { value } of find(draft.inputs, steps(path))) {
      if (typeof value !== "string" || value === "") continue;
      // What is put again as it was is not sent again: its principals still mean what they meant.
      const before = draft.before && [...find(draft.before.inputs, steps(path))].map((each) => each.value);
      const unchanged = before?.includes(value) === true;
      if (!unchanged) refuseFaults(kind, value, draft, name);
      for (const arn of principalsOf(JSON.parse(value))) {
        const kept = unchanged ? draft.before?.principals?.[arn] : undefined;
        const id = kept ?? roleId(draft, arn);
        if (id !== undefined) ids[arn] = id;
        else if (!unchanged && !foreign(draft, arn))
          throw refusal(kind, { kind: "principal", detail: quoted("AWS", arn) });
      }
    }
  }
  return ids;
}

function refuseFaults(kind: PolicyKind, value: string, draft: Draft, name: keyof typeof KINDS): void {
  const { limit } = kind.size;
  if (sizeOf(kind, value) + (name === "inline" ? besides(draft) : 0) > limit) {
    const { code, status, message } = kind.tooLarge;
    throw new AwsError(code, message.replace("{role}", text(draft.inputs, "role") || draft.id), status);
  }
  const fault =
    policyFault(kind, value) ??
    (name === "bucket" ? bucketFault(value, text(draft.inputs, "bucket")) : undefined);
  if (fault) throw refusal(kind, fault);
}

export function refusal(kind: PolicyKind, { kind: what, detail }: Fault): AwsError {
  const words = kind.words[what];
  const message = words?.replace("{detail}", detail) ?? `The policy is not valid (${what}): ${detail}`;
  return new AwsError(kind.code, message, kind.status ?? 400);
}

export function sizeOf({ size: { unit } }: PolicyKind, value: string): number {
  return unit === "bytes" ? Buffer.byteLength(value) : Array.from(value.replaceAll(/\s/g, "")).length;
}

/** The size of a role's other inline policies: its quota is for all of them together. */
function besides({ account, id, inputs }: Draft): number {
  const role = text(inputs, "role");
  if (role === "") return 0;
  return account
    .resources("aws:iam/rolePolicy:RolePolicy")
    .filter((other) => other.id !== id && other.inputs["role"] === role)
    .reduce((sum, other) => sum + sizeOf(KINDS.inline, text(other.inputs, "policy")), 0);
}

function roleId(draft: Draft, arn: string): string | undefined {
  const id = visibleRole(draft.account, arn)?.outputs["uniqueId"];
  return typeof id === "string" ? id : undefined;
}
