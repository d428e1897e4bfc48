import { createHash } from "node:crypto";
import { AwsError } from "../../gateway/contract.ts";
import { maySendFailedEvents } from "../../gateway/functions/failed-events.ts";
import { filesOf } from "../assets.ts";
import type { Behaviours, Draft } from "../behaviour.ts";
import { verifyPlacement } from "./ec2.ts";
import { install, uninstall } from "../function-code.ts";
import { hex } from "../ids.ts";
import type { Operator } from "../operator.ts";
import { findFunction, foreign, visibleRole } from "../references.ts";
import { mayAssume } from "../service-roles.ts";
import { isArchive, isObject, object, text } from "../values.ts";
import type { Properties } from "../values.ts";

const invalid = (message: string) => new AwsError("InvalidParameterValueException", message);

function verifyFunction({ account, gateway, id, inputs }: Draft): void {
  const roleArn = text(inputs, "role");
  if (!mayAssume(gateway, roleArn, "lambda.amazonaws.com"))
    throw invalid(`The role defined for the function cannot be assumed by Lambda. (${roleArn})`);
  verifyPlacement(account, object(inputs, "vpcConfig"));
  if (!isArchive(inputs["code"]))
    throw invalid(
      `${id}: the embedded account takes a function's code as an archive of a folder or of assets.`,
    );
  const deadLetters = inputs["deadLetterConfig"];
  const queueArn = isObject(deadLetters) ? text(deadLetters, "targetArn") : "";
  if (queueArn !== "" && !maySendFailedEvents(gateway, { functionName: id, roleArn, queueArn }))
    throw invalid("The provided execution role does not have permissions to call SendMessage on SQS");
}

/** Lambda makes sure that it can pass failed events on, each time that a configuration is put. */
function verifyEventInvokeConfig(draft: Draft): void {
  mustExist(draft, "functionName");
  const { account, gateway, inputs } = draft;
  const destinations = inputs["destinationConfig"];
  if (!isObject(destinations)) return;
  if (destinations["onSuccess"])
    throw new AwsError("NotImplemented", "The embedded account serves no onSuccess destinations", 501);
  const { onFailure } = destinations;
  const queueArn = isObject(onFailure) ? text(onFailure, "destination") : "";
  if (queueArn === "") return;
  const deployed = findFunction(account, text(inputs, "functionName"));
  const roleArn = String(deployed?.outputs["role"]);
  if (!account.find("aws:sqs/queue:Queue", "arn", queueArn))
    throw invalid(`The destination ARN ${queueArn} is invalid.`);
  if (!maySendFailedEvents(gateway, { functionName: deployed?.id ?? "", roleArn, queueArn }))
    throw invalid(
      `The function's execution role ${roleArn} does not have permissions to call SendMessage on ${queueArn}`,
    );
}

async function applyFunction(draft: Draft): Promise<Properties> {
  const { account, id, inputs } = draft;
  if (!isArchive(inputs["code"])) throw invalid(`${id} has no code.`);
  const files = await filesOf(inputs["code"], draft.programFolder);
  const digest = createHash("sha256");
  let size = 0;
  for (const [path, bytes] of files) {
    digest.update(`${path}\0${bytes.length}\0`).update(bytes);
    size += bytes.length;
  }
  const sha256 = digest.digest();
  await install(account.folder, id, sha256.toString("hex"), files);
  return { codeSha256: sha256.toString("base64"), sourceCodeSize: size };
}

const invokeArn = ({ place }: Draft, version: string, fn: string): string =>
  `arn:${place.partition}:apigateway:${place.region}:lambda:path/${version}/functions/${fn}`;

function functionOutputs(draft: Draft): Properties {
  const { id, inputs, place } = draft;
  const arn = `arn:${place.partition}:lambda:${place.region}:${place.account}:function:${id}`;
  return {
    arn,
    version: "$LATEST",
    qualifiedArn: `${arn}:$LATEST`,
    invokeArn: `${invokeArn(draft, "2015-03-31", arn)}/invocations`,
    qualifiedInvokeArn: `${invokeArn(draft, "2015-03-31", `${arn}:$LATEST`)}/invocations`,
    responseStreamingInvokeArn: `${invokeArn(draft, "2021-11-15", arn)}/response-streaming-invocations`,
    architectures: inputs["architectures"] ?? ["x86_64"],
  };
}

function mustExist(draft: Draft, argument: string): void {
  const name = text(draft.inputs, argument);
  if (!findFunction(draft.account, name))
    throw new AwsError("ResourceNotFoundException", `Function not found: ${name}`, 404);
}

/** Of a permission: anyone, a service, an account, or a role that is there. */
function mustBePrincipal(draft: Draft, name: string): void {
  const other = name === "*" || /^(?:[a-z0-9.-]+\.amazonaws\.com|\d{12})$/.test(name);
  const role = /^arn:[a-z-]+:iam::\d{12}:(?:root|(?:role|user)\/.+)$/.test(name);
  if (!other && !(role && (foreign(draft, name) || visibleRole(draft.account, name))))
    throw invalid("The provided principal was invalid. Please check the principal and try again.");
}

type LifecycleAction = "create" | "update" | "delete";

/** What Terraform's AWS provider sends, whose protocol Pulumi's provider keeps: the input, and what happens to it. */
function payload(inputs: Properties, action: LifecycleAction, previous: Properties | undefined): unknown {
  const input = JSON.parse(text(inputs, "input")) as Record<string, unknown>;
  if (inputs["lifecycleScope"] !== "CRUD") return input;
  const previousInput: unknown = previous ? JSON.parse(text(previous, "input")) : null;
  return { ...input, [text(inputs, "terraformKey") || "tf"]: { action, prev_input: previousInput } };
}

async function applyInvocation(draft: Draft, operator: Operator): Promise<Properties> {
  const { action, before, inputs } = draft;
  const event = payload(inputs, action, action === "update" ? before?.inputs : undefined);
  const result = await operator.gateway.invokeFunction(text(inputs, "functionName"), event);
  return { result: JSON.stringify(result ?? null) };
}

export const lambda: Behaviours = {
  "aws:lambda/function:Function": {
    defaults: { memorySize: 128, timeout: 3, packageType: "Zip", publish: false },
    id: (inputs) => text(inputs, "name"),
    conflict: (inputs) =>
      new AwsError("ResourceConflictException", `Function already exist: ${text(inputs, "name")}`, 409),
    verify: verifyFunction,
    outputs: functionOutputs,
    volatile: ["codeSha256", "lastModified", "sourceCodeSize"],
    apply: applyFunction,
    remove: (record, { gateway }) => uninstall(gateway.account.folder, record.id),
  },
  "aws:lambda/permission:Permission": {
    // A statement's id is unique per function only; the id must be so for all. The provider makes up one that is absent.
    id: (inputs, seed) => {
      const statement = text(inputs, "statementId") || `terraform-${hex(seed, 26)}`;
      return `${text(inputs, "function").split(":").at(-1) ?? ""}/${statement}`;
    },
    outputs: ({ id }) => ({ statementId: id.slice(id.indexOf("/") + 1) }),
    conflict: (inputs) =>
      new AwsError(
        "ResourceConflictException",
        `The statement id (${text(inputs, "statementId")}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
        409,
      ),
    verify: (draft) => {
      mustExist(draft, "function");
      mustBePrincipal(draft, text(draft.inputs, "principal"));
    },
  },
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": {
    defaults: { maximumRetryAttempts: 2 },
    id: (inputs) =>
      [text(inputs, "functionName"), text(inputs, "qualifier")].filter((part) => part !== "").join(":"),
    verify: verifyEventInvokeConfig,
  },
  "aws:lambda/invocation:Invocation": {
    defaults: { lifecycleScope: "CREATE_ONLY", qualifier: "$LATEST", terraformKey: "tf" },
    id: (inputs, seed) => `${text(inputs, "functionName")}_$LATEST_${hex(seed, 32)}`,
    verify: (draft) => {
      mustExist(draft, "functionName");
    },
    volatile: ["result"],
    apply: applyInvocation,
    remove: async (record, { gateway }) => {
      if (record.inputs["lifecycleScope"] !== "CRUD") return;
      const name = text(record.inputs, "functionName");
      await gateway.invokeFunction(name, payload(record.inputs, "delete", record.inputs));
    },
  },
};
