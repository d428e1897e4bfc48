/**
 * Operations that the embedded account decides on and does not perform: nothing that is deployed calls them, but an attacker
 * could. Whoever may not is refused as on AWS; whoever may is told that it is not done here.
 * Source of names, actions and resources: service authorization reference, and each service's API reference.
 */
import type { Context } from "../../../policies/isolation/types.ts";
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import { AwsError, PATHS, type Access, type Call, type Gateway, type Service } from "../contract.ts";
import { readPolicy } from "../policy-text.ts";
import { tagsOf } from "../roles.ts";
import { COLLECTION, collectionContext } from "./aoss-access.ts";
import { KNOWLEDGE_BASE, knowledgeBaseArn } from "./bedrock-records.ts";

/** What a request asks for; undefined if it is none of these. */
type Reader = (gateway: Gateway, call: Call) => readonly Access[] | undefined;

export function createDecidedOnlyService(gateway: Gateway): Service {
  const read = (call: Call): readonly Access[] | undefined => READERS[call.service]?.(gateway, call);
  return {
    serves: (call) => read(call) !== undefined,
    handle: (call) => {
      const accesses = read(call) ?? [];
      for (const access of accesses) gateway.authorize(call, access);
      throw notPerformed(accesses.map(({ action }) => action).join(" and "));
    },
  };
}

/** What is said after an access was allowed. */
export function notPerformed(action: string): AwsError {
  return new AwsError(
    "NotImplemented",
    `The embedded account decides on ${action}, and does not perform it.`,
    501,
  );
}

const arn = (service: string, resource: string): string =>
  `arn:${LOCAL_PARTITION}:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${resource}`;
const iamArn = (resource: string): string => `arn:${LOCAL_PARTITION}:iam::${LOCAL_ACCOUNT}:${resource}`;

const READERS: Readonly<Record<string, Reader>> = { kms, iam, aoss, lambda, dynamodb, es, bedrock };

const KMS = [
  "Decrypt",
  "Encrypt",
  "GenerateDataKey",
  "DescribeKey",
  "GetKeyPolicy",
  "PutKeyPolicy",
  "CreateGrant",
];

function kms(gateway: Gateway, call: Call): readonly Access[] | undefined {
  const operation = targetOf(call, "TrentService.");
  if (operation === undefined || !KMS.includes(operation)) return undefined;
  const { account } = gateway;
  const name = textOf(bodyOf(call), "KeyId");
  const record = account
    .resources("aws:kms/key:Key")
    .find(({ outputs }) => outputs["arn"] === name || outputs["keyId"] === name);
  const aliases = account
    .resources("aws:kms/alias:Alias")
    .filter(({ outputs }) => record !== undefined && outputs["targetKeyId"] === record.outputs["keyId"])
    .map(({ outputs }) => String(outputs["name"]));
  return [
    {
      action: `kms:${operation}`,
      resource: record ? String(record.outputs["arn"]) : name,
      context: {
        "kms:CallerAccount": LOCAL_ACCOUNT,
        ...(aliases.length > 0 && { "kms:ResourceAliases": aliases }),
      },
      resourcePolicies: record ? [readPolicy(`key policy of ${name}`, record.outputs["policy"])] : [],
      resourcePolicyMode: "required",
    },
  ];
}

const IAM = ["TagRole", "PutRolePolicy", "UpdateAssumeRolePolicy", "DeleteRolePermissionsBoundary"];

function iam(_gateway: Gateway, call: Call): readonly Access[] | undefined {
  const form = new URLSearchParams(call.body.toString("utf8"));
  const operation = form.get("Action") ?? "";
  if (!IAM.includes(operation)) return undefined;
  return [{ action: `iam:${operation}`, resource: iamArn(`role/${form.get("RoleName") ?? ""}`) }];
}

const AOSS = ["CreateAccessPolicy", "UpdateAccessPolicy", "CreateSecurityPolicy", "UpdateSecurityPolicy"];

function aoss(gateway: Gateway, call: Call): readonly Access[] | undefined {
  const operation = targetOf(call, "OpenSearchServerless.");
  if (operation === undefined || !AOSS.includes(operation) || call.rawPath.startsWith(PATHS.collection("")))
    return undefined;
  const collection = gateway.account.find(COLLECTION, "name", textOf(bodyOf(call), "name"));
  const context: Context = collection ? collectionContext(collection) : {};
  return [{ action: `aoss:${operation}`, resource: "*", context }];
}

function lambda(_gateway: Gateway, call: Call): readonly Access[] | undefined {
  const [, root, functions, name, part] = call.rawPath.split("/");
  if (root !== "2015-03-31" || functions !== "functions") return undefined;
  const at = arn("lambda", `function:${name ?? ""}`);
  if (name === undefined && call.method === "POST") {
    const body = bodyOf(call);
    return [
      {
        action: "lambda:CreateFunction",
        resource: arn("lambda", `function:${textOf(body, "FunctionName")}`),
      },
      {
        action: "iam:PassRole",
        resource: textOf(body, "Role"),
        context: { "iam:PassedToService": "lambda.amazonaws.com" },
      },
    ];
  }
  if (call.method === "PUT" && part === "code")
    return [{ action: "lambda:UpdateFunctionCode", resource: at }];
  if (call.method === "POST" && part === "policy") return [{ action: "lambda:AddPermission", resource: at }];
  return undefined;
}

function dynamodb(gateway: Gateway, call: Call): readonly Access[] | undefined {
  if (targetOf(call, "DynamoDB_20120810.") !== "PutResourcePolicy") return undefined;
  const resource = textOf(bodyOf(call), "ResourceArn");
  const policies = gateway.account
    .resources("aws:dynamodb/resourcePolicy:ResourcePolicy")
    .filter(({ outputs }) => outputs["resourceArn"] === resource)
    .map(({ outputs }) => readPolicy(`resource policy of ${resource}`, outputs["policy"]));
  return [{ action: "dynamodb:PutResourcePolicy", resource, resourcePolicies: policies }];
}

function es(_gateway: Gateway, call: Call): readonly Access[] | undefined {
  const name = /^\/2021-01-01\/opensearch\/domain\/([^/]+)\/config$/.exec(call.rawPath)?.[1];
  if (name === undefined || call.method !== "POST") return undefined;
  return [{ action: "es:UpdateDomainConfig", resource: arn("es", `domain/${name}`) }];
}

function bedrock(gateway: Gateway, call: Call): readonly Access[] | undefined {
  const on = (action: string, id: string): Access => {
    const record = gateway.account.resource(KNOWLEDGE_BASE, id);
    const tags = record ? Object.entries(tagsOf(record)) : [];
    return {
      action: `bedrock:${action}`,
      resource: knowledgeBaseArn(id),
      context: Object.fromEntries(tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
    };
  };
  const [, first, id = "", sources, source] = call.rawPath.split("/");
  if (call.method === "POST" && first === "retrieveAndGenerate") {
    const named = /"knowledgeBaseId":"([^"]*)"/.exec(call.body.toString("utf8"))?.[1] ?? "";
    return [{ action: "bedrock:RetrieveAndGenerate", resource: "*" }, on("Retrieve", named)];
  }
  if (first !== "knowledgebases") return undefined;
  if (call.method === "PUT" && id !== "" && sources === undefined) return [on("UpdateKnowledgeBase", id)];
  if (call.method === "DELETE" && source !== undefined) return [on("DeleteDataSource", id)];
  return undefined;
}

function targetOf({ headers }: Call, prefix: string): string | undefined {
  const target = headers["x-amz-target"];
  return target?.startsWith(prefix) === true ? target.slice(prefix.length) : undefined;
}

function bodyOf(call: Call): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(call.body.toString("utf8"));
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textOf(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = body[name];
  return typeof value === "string" ? value : "";
}
