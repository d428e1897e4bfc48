/**
 * OpenSearch Serverless's own policies: lists of rules, not IAM's documents. It checks their form and the principals'
 * spelling; it does not look whether a role or a collection is there. Source: OpenSearch Serverless developer guide, "Data
 * access control" and "Network access"; wording as the service reports faults.
 */
import { AwsError } from "../../gateway/contract.ts";
import { isObject } from "../values.ts";
import { shown } from "./grammar.ts";
import type { Properties } from "../values.ts";

const PRINCIPALS = [
  /^saml\/\d{12}\/[a-z][a-z0-9-]+\/(?:user|group)\/.{1,60}$/,
  /^arn:(?:aws|aws-cn|aws-us-gov):iam::\d{12}:(?:user|role)(?:\/[\w+=,.@-]+)*\/[\w+=,.@-]{1,64}$/,
  /^arn:(?:aws|aws-cn|aws-us-gov):sts::\d{12}:assumed-role\/[\w+=,.@-]{1,64}\/(?:[\w+=,.@-]{2,64}|[\w+=,.@-]{0,63}\*)$/,
];

const KINDS: Readonly<
  Record<string, { readonly resource: RegExp; readonly permissions: readonly string[] }>
> = {
  collection: {
    resource: /^collection\/[a-z*][a-z0-9*-]*$/,
    permissions: ["CreateCollectionItems", "DeleteCollectionItems", "UpdateCollectionItems"].concat(
      "DescribeCollectionItems",
      "*",
    ),
  },
  index: {
    resource: /^index\/[a-z*][a-z0-9*-]*\/.+$/,
    permissions: ["CreateIndex", "DeleteIndex", "UpdateIndex", "DescribeIndex"].concat(
      "ReadDocument",
      "WriteDocument",
      "*",
    ),
  },
};

type Type = "data" | "network" | "encryption";

const MEMBERS: Readonly<Record<Type, readonly string[]>> = {
  data: ["Rules", "Principal", "Description"],
  network: ["Rules", "AllowFromPublic", "SourceVPCEs", "SourceServices", "Description"],
  encryption: ["Rules", "AWSOwnedKey", "KmsARN", "Description"],
};

/** @throws AwsError ValidationException that names each fault by its place in the document */
export function checkServerlessPolicy(type: string, text: string): void {
  const faults = [...documentFaults(type as Type, text)];
  if (faults.length > 0)
    throw new AwsError("ValidationException", `Policy json is invalid, error: [${faults.join(", ")}]`);
}

function* documentFaults(type: Type, text: string): Generator<string> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    {
      yield "$: is not JSON";
      return;
    }
  }
  if (type === "encryption") {
    yield* memberFaults(type, document, "$");
    return;
  }
  if (!Array.isArray(document) || document.length === 0) {
    yield "$: array expected";
    return;
  }
  for (const [i, entry] of document.entries()) yield* memberFaults(type, entry, `$[${i}]`);
}

function* memberFaults(type: Type, entry: unknown, at: string): Generator<string> {
  if (!isObject(entry)) {
    yield `${at}: object expected`;
    return;
  }
  for (const member of Object.keys(entry))
    if (!MEMBERS[type].includes(member)) yield `${at}.${member}: is not defined in the schema`;
  const rules = entry["Rules"];
  if (!Array.isArray(rules) || rules.length === 0) yield `${at}.Rules: is missing but it is required`;
  else for (const [i, rule] of rules.entries()) yield* ruleFaults(type, rule, `${at}.Rules[${i}]`);
  if (type === "data") yield* principalFaults(entry["Principal"], `${at}.Principal`);
  if (type === "network") yield* sourceFaults(entry, at);
}

function* ruleFaults(type: Type, rule: unknown, at: string): Generator<string> {
  if (!isObject(rule)) {
    yield `${at}: object expected`;
    return;
  }
  const resourceType = String(rule["ResourceType"]);
  // A network rule may open the collection's dashboards, too; these are named like the collection.
  const kind = KINDS[type === "network" && resourceType === "dashboard" ? "collection" : resourceType];
  if (!kind) {
    yield `${at}.ResourceType: does not have a value in the enumeration`;
    return;
  }
  const resources = [rule["Resource"] ?? []].flat();
  if (resources.length === 0) yield `${at}.Resource: is missing but it is required`;
  for (const [i, resource] of resources.entries())
    if (!kind.resource.test(shown(resource)))
      yield `${at}.Resource[${i}]: does not match the regex pattern ${kind.resource.source}`;
  if (type !== "data") return;
  const permissions = [rule["Permission"] ?? []].flat();
  if (permissions.length === 0) yield `${at}.Permission: is missing but it is required`;
  for (const [i, permission] of permissions.entries())
    if (!kind.permissions.includes(shown(permission).replace(/^aoss:/, "")))
      yield `${at}.Permission[${i}]: does not have a value in the enumeration`;
}

function* principalFaults(principals: unknown, at: string): Generator<string> {
  if (!Array.isArray(principals) || principals.length === 0) {
    yield `${at}: is missing but it is required`;
    return;
  }
  for (const [i, principal] of principals.entries())
    if (!PRINCIPALS.some((pattern) => pattern.test(String(principal))))
      yield `${at}[${i}]: does not match the regex pattern of a role, a user, a session or a SAML identity`;
}

function* sourceFaults(entry: Properties, at: string): Generator<string> {
  const sources = ["SourceVPCEs", "SourceServices"].filter((name) => entry[name] !== undefined);
  const open = entry["AllowFromPublic"] === true;
  if (open && sources.length > 0) yield `${at}: AllowFromPublic excludes ${sources.join(" and ")}`;
  if (!open && sources.length === 0) yield `${at}: needs SourceVPCEs, SourceServices or AllowFromPublic`;
}
