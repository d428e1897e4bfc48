/** Guardrails, as far as Converse takes one along: who may use it, and that its version is there. It withholds nothing here. */
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import type { Call, Gateway } from "../contract.ts";
import { invalid, only, textOf } from "./bedrock-json.ts";
import { resourceTags } from "./bedrock-model-ids.ts";

const GUARDRAIL = "aws:bedrock/guardrail:Guardrail";
const VERSION = "aws:bedrock/guardrailVersion:GuardrailVersion";

export const guardrailArn = (id: string): string =>
  `arn:${LOCAL_PARTITION}:bedrock:${LOCAL_REGION}:${LOCAL_ACCOUNT}:guardrail/${id}`;

/** @throws AwsError AccessDenied; ValidationException if guardrail or version are not deployed */
export function applyGuardrail(gateway: Gateway, call: Call, config: unknown, streaming: boolean): void {
  // Only a stream has a way of being filtered.
  const keys = [
    "guardrailIdentifier",
    "guardrailVersion",
    "trace",
    ...(streaming ? ["streamProcessingMode"] : []),
  ];
  const of = only(config, keys, "guardrailConfig");
  const given = textOf(of["guardrailIdentifier"], "guardrailIdentifier");
  const version = textOf(of["guardrailVersion"], "guardrailVersion");
  const id = given.startsWith("arn:") ? given.slice(given.lastIndexOf("/") + 1) : given;
  const { account } = gateway;
  const guardrail = account.find(GUARDRAIL, "guardrailId", id);
  const resource = guardrailArn(id);
  gateway.authorize(call, {
    action: "bedrock:ApplyGuardrail",
    resource,
    context: resourceTags(guardrail),
  });
  const versions = account
    .resources(VERSION)
    .filter(({ outputs }) => [id, resource].includes(String(outputs["guardrailArn"])))
    .map(({ outputs }) => outputs["version"]);
  if (!guardrail || (version !== "DRAFT" && !versions.includes(version)))
    throw invalid("The guardrail identifier or version provided in the request does not exist.");
}
