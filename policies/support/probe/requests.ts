import type { PolicyDocument } from "../../isolation/index.ts";
import { statementsOf } from "../documents.ts";
import { FRESH, instance } from "./values.ts";

export interface Request {
  readonly action: string;
  readonly resource: string;
}

const SOMETHING = `arn:aws:s3:::${FRESH}`;

/**
 * Requests that a document's Allows might speak of: an action and a resource that each names, wildcards filled in. Whether they
 * are allowed is for the evaluator, by all of the document.
 * @param ofTrust actions stand alone: the resource is the role that the policy is attached to
 */
export function requestsOf(document: PolicyDocument): readonly Request[] {
  const out = new Map<string, Request>();
  for (const statement of statementsOf(document)) {
    if (statement.Effect !== "Allow") continue;
    const actions = list(statement.Action).map((text) => (text === "*" ? `${FRESH}:Any` : instance(text)));
    if (statement.NotAction !== undefined)
      actions.push(`${FRESH}:Any`, "s3:GetObject", "kms:Decrypt", "sts:AssumeRole");
    const resources = list(statement.Resource).map((text) => (text === "*" ? SOMETHING : instance(text)));
    if (statement.NotResource !== undefined || resources.length === 0) resources.push(SOMETHING);
    for (const action of actions)
      for (const resource of resources) out.set(`${action} ${resource}`, { action, resource });
  }
  return [...out.values()];
}

const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;
