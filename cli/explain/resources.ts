/** What is asked for an action on a resource: by the code of the services that serve it, put to a gateway that only asks. */
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../local/account/identity.ts";
import { functionPolicies } from "../../local/gateway/functions/permissions.ts";
import { deployedPolicy } from "../../local/gateway/principals.ts";
import { Roles, tagsOf } from "../../local/gateway/roles.ts";
import { KNOWLEDGE_BASE } from "../../local/gateway/services/bedrock-records.ts";
import { sendAccess } from "../../local/gateway/services/sqs-queue.ts";
import { listed, Unanswerable } from "./errors.ts";
import { askKey, askObject } from "./objects.ts";
import { need, type Question, resourceTags } from "./question.ts";
import { askCollection, askDomain, askIndex, askNetwork } from "./stores.ts";

type Ask = (question: Question, name: string) => void | Promise<void>;

/** Kinds of resources, by the beginning of their ARN; `name` is what follows it. */
const KINDS: readonly (readonly [prefix: string, ask: Ask])[] = [
  [`arn:${LOCAL_PARTITION}:s3:::`, askObject],
  [arn("kms", "key/"), askKey],
  [
    arn("kms", "alias/"),
    (question, name) => {
      askKey(question, `alias/${name}`);
    },
  ],
  [`arn:${LOCAL_PARTITION}:iam::${LOCAL_ACCOUNT}:role/`, askRole],
  [arn("dynamodb", "table/"), askTable],
  [arn("lambda", "function:"), askFunction],
  [arn("sqs", ""), askQueue],
  [arn("aoss", "collection/"), askCollection],
  [arn("es", "domain/"), askDomain],
  ["index/", askIndex],
  ["cluster/", askIndex],
  ["collection/", askNetwork],
  [arn("bedrock", "knowledge-base/"), askKnowledgeBase],
  [arn("bedrock", "inference-profile/"), askModel],
  [`arn:${LOCAL_PARTITION}:bedrock:${LOCAL_REGION}::foundation-model/`, askModel],
  [arn("cognito-idp", "userpool/"), askUserPool],
];

function arn(service: string, beginning: string): string {
  return `arn:${LOCAL_PARTITION}:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${beginning}`;
}

const SERVICE_OF: Readonly<Record<string, string>> = { iam: "sts" };

/** @throws Unanswerable for a kind of resource that is not known, and for one that is not there. */
export async function ask(question: Question): Promise<void> {
  const { action, resource } = question;
  if (!/^[a-z0-9-]+:[A-Za-z0-9/_[\]-]+$/.test(action))
    throw new Unanswerable(
      `"${action}" is not an action. Name one, such as s3:GetObject, without wildcards.`,
    );
  // An action that knows no resources.
  if (resource === "*") {
    question.gateway.authorize(question.who, { action, resource });
    return;
  }
  const kind = KINDS.find(([prefix]) => resource.startsWith(prefix));
  if (kind === undefined)
    throw new Unanswerable(
      `"${resource}" is no resource that can be judged. These are: ${listed(KINDS.map(([prefix]) => `${prefix}…`))}`,
    );
  const [prefix, askKind] = kind;
  const [, , service = ""] = prefix.split(":");
  const expected = SERVICE_OF[service] ?? service;
  if (prefix.startsWith("arn:") && !action.startsWith(`${expected}:`))
    throw new Unanswerable(
      `${action} is no action on ${resource}: expected one that begins with ${expected}:`,
    );
  await askKind(question, resource.slice(prefix.length));
}

/** The three actions of taking on a role are asked with the same context, and are decisions of their own. */
function askRole({ gateway, who, action, resource, context }: Question): void {
  const { account } = gateway;
  const role = need(
    new Roles(account).find(resource),
    `role ${resource}`,
    account,
    "aws:iam/role:Role",
    "arn",
  );
  const tagKeys = Object.keys(context).flatMap((key) => /^aws:requesttag\/(.+)$/i.exec(key)?.[1] ?? []);
  gateway.authorize(who, {
    action,
    resource: role.arn,
    context: {
      ...(tagKeys.length > 0 && { "aws:TagKeys": tagKeys }),
      "sts:RoleSessionName": "explain",
      ...resourceTags(role.tags),
    },
    resourcePolicies: [role.trust],
    resourcePolicyMode: "required",
  });
}

function askTable({ gateway, who, action, resource }: Question, path: string): void {
  const { account } = gateway;
  const [name = ""] = path.split("/");
  const type = "aws:dynamodb/table:Table";
  const table = need(account.find(type, "name", name), `table ${name}`, account, type, "name");
  gateway.authorize(who, {
    action,
    resource,
    context: resourceTags(tagsOf(table)),
    resourcePolicies: account
      .resources("aws:dynamodb/resourcePolicy:ResourcePolicy")
      .filter((each) => each.outputs["resourceArn"] === table.outputs["arn"])
      .map((each) =>
        deployedPolicy(account, each, `resource policy of table ${name}`, each.outputs["policy"]),
      ),
  });
}

function askFunction({ gateway, who, action, resource }: Question, name: string): void {
  const { account } = gateway;
  const type = "aws:lambda/function:Function";
  need(account.find(type, "name", name), `function ${name}`, account, type, "name");
  gateway.authorize(who, { action, resource, resourcePolicies: functionPolicies(account, name) });
}

function askQueue({ gateway, who, action }: Question, name: string): void {
  const { account } = gateway;
  need(
    account.find("aws:sqs/queue:Queue", "name", name),
    `queue ${name}`,
    account,
    "aws:sqs/queue:Queue",
    "name",
  );
  gateway.authorize(who, { ...sendAccess(account, name), action });
}

function askKnowledgeBase({ gateway, who, action, resource }: Question, id: string): void {
  const { account } = gateway;
  const record = need(
    account.resource(KNOWLEDGE_BASE, id),
    `knowledge base ${id}`,
    account,
    KNOWLEDGE_BASE,
    "id",
  );
  gateway.authorize(who, { action, resource, context: resourceTags(tagsOf(record)) });
}

/** Through an inference profile, the model behind it is a decision of its own, with `bedrock:InferenceProfileArn` as context. */
function askModel({ gateway, who, action, resource }: Question): void {
  gateway.authorize(who, { action, resource });
}

function askUserPool({ gateway, who, action, resource }: Question, id: string): void {
  const { account } = gateway;
  const type = "aws:cognito/userPool:UserPool";
  need(account.resource(type, id), `user pool ${id}`, account, type, "id");
  gateway.authorize(who, { action, resource });
}
